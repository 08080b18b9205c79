using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Training;

/// <summary>A tiny model whose widths are multiples of 16, and features of its images.</summary>
internal static class KeptFeaturesFixture
{
    private static readonly string[] Samples = ["abicDE", "aBiiC", "abcD", "aiBCiDE", "iAbC", "aiBiiD"];

    public static ModelDescription Description(ScalarType type) => ModelFixture.Description(type) with
    {
        Vision = new ClipVisionConfig
        {
            HiddenSize = 32,
            IntermediateSize = 64,
            Layers = 2,
            Heads = 2,
            ImageSize = 8,
            PatchSize = 4,
        },
    };

    /// <summary>Six samples in micro-batches of so many, with images or their features.</summary>
    public static MicroBatch[] Batches(int micro, VisionEncoder? encoder = null)
    {
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(Samples.Sum(ImagesOf));
        var batches = new List<MicroBatch>();
        int first = 0;
        foreach (string[] samples in Samples.Chunk(micro))
        {
            ReadOnlyMemory<byte>[] own = images[first..(first += samples.Sum(ImagesOf))];
            ModelSample[] parsed = [.. samples.Select(ModelFixture.Sample)];
            batches.Add(encoder is null
                ? new MicroBatch(parsed, own)
                : new MicroBatch(parsed, []) { Features = [.. own.Select(image => new Kept(Encode(encoder, image)))] });
        }

        return [.. batches];

        static int ImagesOf(string sample) => sample.Count(letter => letter == 'i');
    }

    public static byte[] Encode(VisionEncoder encoder, params ReadOnlyMemory<byte>[] images)
    {
        byte[] features = new byte[images.Length * encoder.FeatureBytes];
        encoder.Encode(images, features);
        return features;
    }

    private sealed class Kept(byte[] features) : IImageFeatures
    {
        public void CopyTo(Span<byte> room) => features.CopyTo(room);
    }
}
