using VisualChat.Model;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// Answers the next question of any conversation. A conversation is plain data, its rounds; what
/// was computed for it is a cache that the engine searches by itself. Going back, editing what was
/// said, continuing after a stopped answer or a conversation from another process: each is simply a
/// call with other rounds.
/// </summary>
/// <remarks>
/// <para>
/// The same conversation, settings and model on the same device give the same text, bit for bit,
/// whatever is cached. Equal ids are not enough for that: one pass over a hundred tokens rounds
/// differently from a hundred passes over one, and in 16 bits the likeliest token soon depends on
/// it. So a conversation is always computed in the same passes. Each pass runs from where one
/// answer begins to where the next one begins. The tokens of an answer are computed one by one as
/// they are chosen, and once more together with the prompt that follows, just as every later reader
/// of the conversation computes them. That costs one pass over the answer, a few hundredths of what
/// it cost to choose its tokens. The cache holds whole passes only, and each image is computed
/// once.
/// </para>
/// <para>
/// Answers to several conversations may be read alternately, token by token; each has its cached
/// conversation to itself meanwhile. Any thread may use the engine and its answers, one thread at a
/// time, and not while another uses the model. <see cref="CountTokens"/> may be called at any time.
/// </para>
/// </remarks>
internal sealed class ChatEngine : IAnswerSource
{
    private readonly ChatModel _model;
    private readonly SentencePieceTokenizer _tokenizer;
    private readonly ConversationEncoder _encoder;
    private readonly PrefixCache _cache;
    private readonly int _imageTokens;
    private readonly int _imageBytes;

    public ChatEngine(ChatModel model, Recipe recipe, SentencePieceTokenizer tokenizer, PrefixCacheLimits limits)
    {
        _model = model;
        _tokenizer = tokenizer;
        _encoder = new ConversationEncoder(tokenizer, recipe.Template.System, recipe.Images.Order);
        _cache = new PrefixCache(model, limits);
        _imageTokens = model.Description.ImagePositions;
        _imageBytes = 3 * recipe.Images.Size * recipe.Images.Size;
        MaxTokens = model.Description.Language.ReachablePositions;
        MaxCharacters = (int)Math.Min((long)MaxTokens * tokenizer.LongestPiece, Array.MaxLength);
    }

    /// <summary>True if the engine disposes of the model; else it stays the caller's.</summary>
    public bool OwnsModel { get; init; }

    public int MaxTokens { get; }

    public int MaxCharacters { get; }

    /// <summary>
    /// Conversations in the prefix cache, and the positions of all of them together.
    /// </summary>
    public (int Conversations, int Positions) Cached => (_cache.Count, _cache.Positions);

    public int CountTokens(ChatPrompt prompt) => Count(Encode(prompt));

    /// <inheritdoc cref="IAnswerSource.Begin"/>
    /// <returns>
    /// The answer, to be read or disposed of: until then it holds the cached conversation.
    /// </returns>
    /// <exception cref="ArgumentException">
    /// An image was prepared for another size than the model's.
    /// </exception>
    public ChatAnswer Begin(ChatPrompt prompt)
    {
        _ = prompt.Settings.Checked();
        IReadOnlyList<ConversationPart> parts = Encode(prompt);
        int tokens = Count(parts);
        if (parts.Any(part => part.Images.Any(image => image.Crop.Length != _imageBytes)))
            throw new ArgumentException("An image was prepared for another size.", nameof(prompt));
        return new ChatAnswer(_tokenizer, _cache, parts, tokens, prompt.Settings);
    }

    IComputedAnswer IAnswerSource.Begin(ChatPrompt prompt) => Begin(prompt);

    public void Dispose()
    {
        _cache.Dispose();
        if (OwnsModel)
            _model.Dispose();
    }

    // Text that cannot fit is not encoded: that takes fifty bytes a character.
    private IReadOnlyList<ConversationPart> Encode(ChatPrompt prompt)
    {
        long characters = prompt.Question.Length + (prompt.System?.Length ?? 0)
            + prompt.Earlier.Sum(round => (long)round.Question.Length + round.Answer.Length);
        return characters <= MaxCharacters
            ? _encoder.Encode(prompt)
            : throw new InputException(
                $"The conversation has {characters:N0} characters, more than {MaxTokens:N0} tokens can hold, "
                + "and the model reaches no more. Begin a new one, or ask shorter.");
    }

    private int Count(IReadOnlyList<ConversationPart> parts)
    {
        int tokens = parts.Sum(part => part.Positions(_imageTokens));
        if (tokens <= MaxTokens)
            return tokens;
        int images = parts.Sum(part => part.Images.Count);
        string included = images == 0
            ? ""
            : $", {images:N0} image{(images == 1 ? "" : "s")} of {_imageTokens:N0} each included";
        throw new InputException(
            $"The conversation is {tokens:N0} tokens long{included}, and the model reaches {MaxTokens:N0}. " +
            "Begin a new one, or ask shorter or with fewer images.");
    }
}
