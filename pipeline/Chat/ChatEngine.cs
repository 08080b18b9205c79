using System.Globalization;
using VisualChat.Model;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// Answers the next question of any conversation. A conversation is data, its rounds; what was computed of it is a cache that the engine finds by itself. So going
/// back, changing what was said, an answer that was stopped, a conversation that another process began: all are a call with other rounds.
/// </summary>
/// <remarks>
/// <para>
/// The same conversation, settings and model on the same device give the same text, bit by bit, whatever is kept. That takes more than the same ids: a pass over a
/// hundred tokens and a hundred passes over one round differently, and in 16 bits the likeliest token soon depends on it. So a conversation is always computed in the
/// same passes: each goes from where one answer begins to where the next does, and an answer's own tokens, computed one by one as they were chosen, are computed once
/// more with the prompt after them, as every later reader of the conversation will compute them. That costs a pass over the answer, some hundredths of what choosing
/// its tokens cost. What is kept is kept in whole passes, and images are computed once.
/// </para>
/// <para>
/// Answers of several conversations may be read in turns, token by token; each has what is kept of its conversation to itself meanwhile. Any thread may use the engine
/// and its answers, one at a time, and not while another uses the model; <see cref="CountTokens"/> may be called at any time.
/// </para>
/// </remarks>
public sealed class ChatEngine : IDisposable
{
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly ConversationEncoder _encoder;
    private readonly PrefixCache _sessions;
    private readonly int _imageTokens;
    private readonly int _imageBytes;

    /// <summary>An engine with nothing computed.</summary>
    /// <param name="model">The model; it stays the caller's, and must outlive the engine.</param>
    /// <param name="recipe">The recipe it was trained with: template, image size.</param>
    /// <param name="tokenizer">The recipe's tokenizer.</param>
    /// <param name="limits">How much stays computed.</param>
    public ChatEngine(ChatModel model, Recipe recipe, SentencePieceTokenizer tokenizer, PrefixCacheLimits limits)
    {
        _tokenizer = tokenizer;
        _encoder = new ConversationEncoder(tokenizer, recipe.Template.System);
        _sessions = new PrefixCache(model, limits);
        _imageTokens = model.Description.Vision.VisualTokens;
        _imageBytes = 3 * recipe.Images.Size * recipe.Images.Size;
        MaxTokens = model.Description.Language.ReachablePositions;
    }

    /// <summary>The most tokens of a conversation and its answer, visual tokens counted.</summary>
    public int MaxTokens { get; }

    /// <summary>Conversations of which something is kept, and positions of all of them.</summary>
    public (int Conversations, int Positions) Cached => (_sessions.Count, _sessions.Positions);

    /// <summary>Tokens of a conversation up to where the answer begins, visual tokens counted. Thread safe; computes nothing.</summary>
    /// <inheritdoc cref="Begin" path="/param"/>
    /// <exception cref="InputException">They are more than <see cref="MaxTokens"/>; the message says how many.</exception>
    public int CountTokens(string? system, IReadOnlyList<ChatRound> earlier, string question, IReadOnlyList<ChatImage> images) =>
        Count(_encoder.Encode(system, earlier, question, images));

    /// <summary>Begins the answer to a question. Nothing is computed before the answer is read.</summary>
    /// <param name="system">The system text; null: the recipe's; empty: none.</param>
    /// <param name="earlier">The rounds before, oldest first.</param>
    /// <param name="question">The question.</param>
    /// <param name="images">The images it brings, in order.</param>
    /// <param name="settings">How it is answered.</param>
    /// <returns>The answer, to be read or disposed of: it holds what is kept of the conversation until then.</returns>
    /// <exception cref="InputException">The conversation is longer than the model reaches, or the settings cannot be followed.</exception>
    /// <exception cref="ArgumentException">An image is of another size than the model's.</exception>
    public ChatAnswer Begin(string? system, IReadOnlyList<ChatRound> earlier, string question, IReadOnlyList<ChatImage> images, AnswerSettings settings)
    {
        ArgumentNullException.ThrowIfNull(settings);
        _ = settings.Checked();
        IReadOnlyList<ConversationPart> parts = _encoder.Encode(system, earlier, question, images);
        int tokens = Count(parts);
        if (parts.Any(part => part.Images.Any(image => image.Crop.Length != _imageBytes)))
            throw new ArgumentException("An image was prepared for another size.", nameof(images));
        return new ChatAnswer(_tokenizer, _sessions, parts, tokens, settings);
    }

    /// <inheritdoc/>
    public void Dispose() => _sessions.Dispose();

    private int Count(IReadOnlyList<ConversationPart> parts)
    {
        int images = parts.Sum(part => part.Images.Count), tokens = parts.Sum(part => part.Positions(_imageTokens));
        if (tokens <= MaxTokens)
            return tokens;
        string shown = images == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $", {images:N0} image{(images == 1 ? "" : "s")} of {_imageTokens:N0} each included");
        throw new InputException(string.Create(
            CultureInfo.InvariantCulture, $"The conversation is {tokens:N0} tokens long{shown}, and the model reaches {MaxTokens:N0}. Begin a new one, or ask shorter or with fewer images."));
    }
}
