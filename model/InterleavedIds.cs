using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;

namespace VisualChat.Model;

/// <summary>Samples' ids as the decoder takes them.</summary>
/// <param name="Layout">Where each position stands.</param>
/// <param name="TextIds">The ids of the text rows, as the layout packs them.</param>
/// <param name="Media">
/// Which positions look at which visual tokens, where gated layers do; else null.
/// </param>
/// <param name="Images">Images that the samples show.</param>
internal sealed record InterleavedIds(InterleavedLayout Layout, long[] TextIds, MediaLayout? Media, int Images)
{
    /// <summary>Lays out samples.</summary>
    /// <exception cref="ArgumentException">An id is not in the vocabulary.</exception>
    public static InterleavedIds Of(ModelDescription description, IReadOnlyList<ReadOnlyMemory<int>> samples)
    {
        var runs = new List<Run>[samples.Count];
        var media = new List<Run>[samples.Count];
        List<long> textIds = [];
        var image = Run.Image(description.VisualTokens);
        int shown = 0;
        for (int sample = 0; sample < samples.Count; sample++)
        {
            (runs[sample], media[sample]) = ([], []);
            foreach (int id in samples[sample].Span)
            {
                if (id == description.ImageToken)
                {
                    shown++;
                    (description.IsCrossAttended ? media : runs)[sample].Add(image);
                    if (!description.IsCrossAttended)
                        continue;
                }

                if (id < 0 || id >= description.VocabularySize)
                {
                    throw new ArgumentException(
                        $"{id} is not an id of a vocabulary of {description.VocabularySize}.", nameof(samples));
                }

                runs[sample].Add(Run.Text(1));
                media[sample].Add(Run.Text(1));
                textIds.Add(id);
            }
        }

        MediaLayout? seen = description.IsCrossAttended
            ? new MediaLayout([.. media.Select(SampleLayout.Of)], image.Length, description.CrossAttention.Images)
            : null;
        return new InterleavedIds(InterleavedLayout.Of(runs), [.. textIds], seen, shown);
    }
}
