using TorchSharp;
using VisualChat.Model.Generation;
using VisualChat.Model.Vision;

namespace VisualChat.Pipeline.Chat;

/// <summary>What is computed of a conversation, part by part; after the parts may come tokens of an answer, which <see cref="Keep"/> takes back.</summary>
internal sealed class CachedConversation(ModelSession session) : IDisposable
{
    private readonly List<ConversationPart> _parts = [];

    public ModelSession Session { get; } = session;

    /// <summary>Whether an answer is being made in it.</summary>
    public bool IsTaken { get; set; }

    /// <summary>The parts computed.</summary>
    public int Count => _parts.Count;

    /// <summary>How many of a conversation's first parts are there, and can be gone back to.</summary>
    public int CountCommon(IReadOnlyList<ConversationPart> parts)
    {
        int count = 0;
        while (count < Math.Min(parts.Count, _parts.Count) && _parts[count].IsSame(parts[count]))
            count++;
        return Session.IsUnchangedUpTo(CountIds(count)) ? count : 0;
    }

    /// <summary>Goes back to the first parts.</summary>
    public void Keep(int count)
    {
        Session.Truncate(CountIds(count));
        _parts.RemoveRange(count, _parts.Count - count);
    }

    /// <summary>Computes one part more.</summary>
    public void Append(ConversationPart part)
    {
        using torch.Tensor? pixels = Pixels(part.Images);
        Session.Append(part.Ids, pixels);
        _parts.Add(part);
    }

    public void Dispose() => Session.Dispose();

    private int CountIds(int parts) => _parts.Take(parts).Sum(part => part.Ids.Length);

    // [images, 3, S, S]
    private static torch.Tensor? Pixels(IReadOnlyList<ChatImage> images)
    {
        if (images.Count == 0)
            return null;
        int values = images[0].Crop.Length;
        float[] pixels = new float[images.Count * values];
        for (int image = 0; image < images.Count; image++)
            ClipNormalization.Normalize(images[image].Crop.Span, pixels.AsSpan(image * values, values));
        int side = (int)Math.Sqrt(values / ClipNormalization.Channels);
        return torch.tensor(pixels, [images.Count, ClipNormalization.Channels, side, side]);
    }
}
