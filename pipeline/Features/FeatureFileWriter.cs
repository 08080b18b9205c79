using VisualChat.Model.Safetensors;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Features;

/// <summary>
/// Gathers the features of a file in memory, and writes them: the file appears whole, by rename.
/// </summary>
/// <param name="kind">What the features are.</param>
/// <param name="bytesEach">Bytes of an image's features.</param>
/// <param name="fileBytes">The most that a file has, or one image.</param>
internal sealed class FeatureFileWriter(
    FeatureKind kind, int bytesEach, int fileBytes = FeatureFileWriter.FileBytes)
{
    /// <summary>
    /// What a kill may cost: 250 images of ViT-L/14, 64 of Qwen-VL's encoder. A terabyte of these
    /// is 7,500 files.
    /// </summary>
    public const int FileBytes = 1 << 27;

    private readonly List<ImageKey> _images = [];
    private readonly byte[] _features = new byte[Math.Max(1, fileBytes / bytesEach) * bytesEach];

    /// <summary>Images that there is still room for.</summary>
    public int Room => (_features.Length / bytesEach) - _images.Count;

    public bool IsEmpty => _images.Count == 0;

    /// <summary>Where the features of images go, which are then to be filled in.</summary>
    public Memory<byte> Add(IReadOnlyList<ImageKey> images)
    {
        Memory<byte> room = _features.AsMemory(_images.Count * bytesEach, images.Count * bytesEach);
        _images.AddRange(images);
        return room;
    }

    /// <summary>Writes the file, and begins another.</summary>
    /// <exception cref="IOException">The storage failed.</exception>
    public void Write(string path)
    {
        int count = _images.Count;
        byte[] keys = new byte[count * ImageKey.Bytes], checksums = new byte[count * ImageKey.Bytes];
        Parallel.For(0, count, image =>
        {
            Range own = (image * ImageKey.Bytes)..((image + 1) * ImageKey.Bytes);
            _images[image].Write(keys.AsSpan(own));
            FeatureFile.Sum(_images[image], _features.AsSpan(image * bytesEach, bytesEach), checksums.AsSpan(own));
        });
        ReadOnlyMemory<byte> features = _features.AsMemory(0, count * bytesEach);
        long[] shape = [count, .. kind.Shape.Select(size => (long)size)];
        SafetensorsTensor[] tensors =
        [
            SafetensorsTensor.Of(FeatureFile.Keys, [count, ImageKey.Bytes], keys),
            SafetensorsTensor.Of(FeatureFile.Checksums, [count, ImageKey.Bytes], checksums),
            SafetensorsTensor.OfBytes(FeatureFile.Features, TypeOf(kind.Dtype), shape, features),
        ];
        AtomicFile.Write(path, temporary =>
        {
            using FileStream file = File.Create(temporary);
            SafetensorsWriter.Write(file, tensors);
        });
        _images.Clear();
    }

    private static string TypeOf(string dtype) => dtype switch
    {
        "bf16" => "BF16",
        "fp16" => "F16",
        _ => "F32",
    };
}
