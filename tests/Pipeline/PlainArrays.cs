using System.Runtime.CompilerServices;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests;

/// <summary>Images as plain arrays, and rows' images compared by their bytes.</summary>
internal static class PlainArrays
{
    public static byte[] Read(this IImageTable images, int image) =>
        images.Read(image, new PooledBuffers()).Memory.ToArray();

    public static byte[] Prepare(this ImagePreparer preparer, byte[] encoded) =>
        preparer.Prepare(new PooledBytes(encoded), new PooledBuffers()).Memory.ToArray();

#pragma warning disable CA2255 // The one place that runs before every test.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void CompareImagesByTheirBytes() =>
        AssertionOptions.AssertEquivalencyUsing(options => options.ComparingByValue<RowImage>());
}
