using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Generation;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// A conversation with a model, in the template it was trained on: rounds of any images and a question, each answered with all before it in
/// view. What a round computed stays, so that the next computes its own tokens only.
/// </summary>
public sealed class Conversation : IDisposable
{
    private readonly ModelSession _session;
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly InstructionTemplate _template;
    private readonly TurnEncoder _encoder;
    private readonly int _imageSize;

    // What the last round produced and the session has not taken yet: its last token, and its end.
    private readonly List<int> _pending = [];
    private int _rounds;
    private int _images;

    /// <summary>A conversation that has not begun.</summary>
    /// <param name="model">The model; it stays the caller's.</param>
    /// <param name="recipe">The recipe it was trained with: template, image size.</param>
    /// <param name="tokenizer">The recipe's tokenizer.</param>
    public Conversation(ChatModel model, Recipe recipe, SentencePieceTokenizer tokenizer)
    {
        _session = model.NewSession();
        _tokenizer = tokenizer;
        _template = new InstructionTemplate(recipe.Template.System);
        _encoder = new TurnEncoder(tokenizer, maxTurnTokens: null);
        _imageSize = recipe.Images.Size;
    }

    /// <summary>The ids the model has taken: all but the last token of the last answer.</summary>
    public IReadOnlyList<int> Ids => _session.Ids;

    /// <summary>Asks, and gives the answer's ids as they come.</summary>
    /// <param name="question">The question, as text.</param>
    /// <param name="crops">[S, S, 3] bytes of each image the round shows.</param>
    /// <param name="settings">How tokens are chosen.</param>
    /// <param name="cancellation">Ends the answer; what was said stays said.</param>
    /// <exception cref="ModelException">The conversation has become longer than the model's positions.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IEnumerable<int> Ask(string question, IReadOnlyList<byte[]> crops, SamplingSettings settings, CancellationToken cancellation = default)
    {
        List<int> ids = [.. _pending];
        _encoder.EncodePrompt(_template.LayOut(question, crops.Count, _images, isFirst: _rounds == 0), ids);
        using (torch.Tensor? pixels = Pixels(crops))
            _session.Append(ids.ToArray(), pixels);
        _rounds++;
        _images += crops.Count;
        _pending.Clear();
        var generation = new TokenGeneration(_session, settings, [_tokenizer.EosId], [_encoder.Special.ImageMark, _encoder.Special.Pad, _tokenizer.BosId]);
        int? last = null;
        try
        {
            foreach (int id in generation.Tokens(cancellation))
            {
                last = id;
                yield return id;
            }
        }
        finally
        {
            if (last is { } token)
                _pending.Add(token);
            _pending.Add(_tokenizer.EosId);
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _session.Dispose();

    private torch.Tensor? Pixels(IReadOnlyList<byte[]> crops)
    {
        if (crops.Count == 0)
            return null;
        int values = ClipNormalization.Channels * _imageSize * _imageSize;
        float[] pixels = new float[crops.Count * values];
        for (int image = 0; image < crops.Count; image++)
            ClipNormalization.Normalize(crops[image], pixels.AsSpan(image * values, values));
        return torch.tensor(pixels, [crops.Count, ClipNormalization.Channels, _imageSize, _imageSize]);
    }
}
