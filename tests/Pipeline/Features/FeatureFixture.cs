using System.Buffers.Binary;
using VisualChat.Pipeline.Features;

namespace VisualChat.Pipeline.Tests.Features;

/// <summary>Folders of small features whose every value is known.</summary>
internal static class FeatureFixture
{
    public const int BytesEach = 2 * 3 * 4;

    public static FeatureKind Kind { get; } =
        new("CLIP vision tower with features of 3", new string('a', 64), 96, "crop", "float32", null, [2, 3]);

    public static string NewFolder() => Directory.CreateTempSubdirectory("features-").FullName;

    public static ImageKey Key(int image) => ImageKey.Of(BitConverter.GetBytes(image));

    public static byte[] Values(int image)
    {
        byte[] values = new byte[BytesEach];
        for (int index = 0; index < BytesEach / 4; index++)
            BinaryPrimitives.WriteSingleLittleEndian(values.AsSpan(index * 4), image + (index / 8f));
        return values;
    }

    /// <summary>Adds a file of images to a folder.</summary>
    public static void Add(FeatureFolder folder, params int[] images)
    {
        var writer = new FeatureFileWriter(Kind, BytesEach, images.Length * BytesEach);
        Memory<byte> room = writer.Add([.. images.Select(Key)]);
        images.SelectMany(Values).ToArray().CopyTo(room);
        writer.Room.Should().Be(0);
        folder.Add(writer);
    }

    public static byte[] Read(FeatureFolder folder, int image)
    {
        byte[] room = new byte[BytesEach];
        folder.Find(Key(image))!.CopyTo(room);
        return room;
    }
}
