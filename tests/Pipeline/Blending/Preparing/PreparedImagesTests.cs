using System.Collections.Concurrent;
using VisualChat.Pipeline.Blending.Preparing;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tests.Images;

namespace VisualChat.Pipeline.Tests.Blending.Preparing;

/// <summary>Images that several samples show.</summary>
public sealed class PreparedImagesTests : IDisposable
{
    private static readonly string[] Names = ["portrait.jpg", "odd-422.jpg", "small-444.jpg", "gray.jpg"];

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    // 40 crops of 3 MB: twice what stays in memory, so that some go to the disk.
    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void Each_is_prepared_once_and_always_the_same(int threads)
    {
        var images = new CountedImages(count: 40);
        var preparer = new ImagePreparer(new ImageSettings { Size = 1000 });
        int[] taken = [.. Enumerable.Range(0, 120).Select(use => use % 40)];
        new Random(1).Shuffle(taken);
        using PreparedImages prepared = Keeping(images, preparer, taken);
        var expected = Names.Select(name => preparer.Prepare(ImageData.Source(name))).ToArray();

        var oneByOne = Partitioner.Create(taken, EnumerablePartitionerOptions.NoBuffering);
        Parallel.ForEach(oneByOne, new ParallelOptions { MaxDegreeOfParallelism = threads }, image =>
        {
            PreparedImage found = prepared.Take(image, prepared.Fetch(image));
            found.Bytes!.Memory.Span.SequenceEqual(expected[image % Names.Length]).Should().BeTrue("image {0}", image);
            found.Bytes.Release();
        });

        images.Reads.Should().OnlyContain(reads => reads == 1);
        new FileInfo(Path.Combine(_folder, "spool")).Length.Should().BeGreaterThan(10_000_000);
    }

    [Fact]
    public void A_few_never_touch_the_disk()
    {
        var images = new CountedImages(count: 4);
        var preparer = new ImagePreparer(new ImageSettings { Size = 1000 });
        int[] taken = [0, 1, 2, 3, 0, 1, 2, 3];
        using PreparedImages prepared = Keeping(images, preparer, taken);
        foreach (int image in taken)
            prepared.Take(image, prepared.Fetch(image)).Bytes!.Release();

        new FileInfo(Path.Combine(_folder, "spool")).Length.Should().Be(0);
        images.Reads.Should().Equal(1, 1, 1, 1);
    }

    [Fact]
    public void A_damaged_one_is_looked_at_once_and_refused_each_time()
    {
        var images = new CountedImages(count: 1, isDamaged: true);
        using PreparedImages prepared = Keeping(images, new ImagePreparer(new ImageSettings()), [0, 0, 0]);

        for (int use = 0; use < 3; use++)
            prepared.Take(0, prepared.Fetch(0)).Rejection!.Reason.Should().Be(RejectReason.ImageDamaged);
        images.Reads.Should().Equal(1);
    }

    private PreparedImages Keeping(CountedImages images, ImagePreparer preparer, int[] taken)
    {
        var buffers = new PooledBuffers();
        var uses = new ImageUses(images.Count, taken);
        return new PreparedImages(
            images, preparer, buffers, new KeptImages(uses, Path.Combine(_folder, "spool"), buffers));
    }

    private sealed class CountedImages(int count, bool isDamaged = false) : IImageTable
    {
        public int[] Reads { get; } = new int[count];

        public int Count => count;

        public string PathOf(int image) => $"{image}.jpg";

        public long LengthOf(int image) => 1;

        public PooledBytes Read(int image, PooledBuffers buffers)
        {
            _ = Interlocked.Increment(ref Reads[image]);
            byte[] source = ImageData.Source(Names[image % Names.Length]);
            return new PooledBytes(isDamaged ? source[..(source.Length / 2)] : source);
        }
    }
}
