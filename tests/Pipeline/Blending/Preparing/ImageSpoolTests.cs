using VisualChat.Pipeline.Blending.Preparing;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Blending.Preparing;

/// <summary>Images on the disk until they are wanted again.</summary>
public sealed class ImageSpoolTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly PooledBuffers _buffers = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_image_is_read_as_it_was_at_once() =>
        Keep(Path.Combine(_folder, "spool"), [1, 4095, 4096, 4097, 150_543]);

    [Fact]
    public void Images_of_many_blocks_are_read_as_they_were() =>
        Keep(Path.Combine(_folder, "spool"), [.. Enumerable.Range(0, 300).Select(image => 100_000 + image)]);

    [Fact]
    public void An_image_may_be_longer_than_a_block() =>
        Keep(Path.Combine(_folder, "spool"), [3_000_000, 7_000_001, 5, 9_000_000]);

    [Fact]
    public void A_file_system_without_direct_writes_serves_as_well()
    {
        int[] lengths = [.. Enumerable.Range(0, 50).Select(image => 100_000 + image)];
        if (Directory.Exists("/dev/shm"))
            Keep($"/dev/shm/visualchat-{Guid.NewGuid():N}", lengths);
    }

    [Fact]
    public void Many_threads_may_write_and_read()
    {
        using var spool = new ImageSpool(Path.Combine(_folder, "spool"), _buffers);
        Parallel.For(0, 400, new ParallelOptions { MaxDegreeOfParallelism = 8 }, image =>
        {
            long offset = spool.Append(Image(image, 90_000 + image).Memory.Span);
            Check(spool.Read(offset, 90_000 + image), image, 90_000 + image);
            Check(spool.ReadAsync(offset, 90_000 + image).Result, image, 90_000 + image);
        });
    }

    [Fact]
    public void The_file_is_gone_in_the_end()
    {
        string path = Path.Combine(_folder, "spool");
        using (var spool = new ImageSpool(path, _buffers))
        {
            _ = spool.Append(Image(1, 3_000_000).Memory.Span);
            File.Exists(path).Should().BeTrue();
        }

        File.Exists(path).Should().BeFalse();
    }

    [Fact]
    public async Task Closed_while_others_work_it_refuses_them_and_nothing_hangs()
    {
        var spool = new ImageSpool(Path.Combine(_folder, "spool"), _buffers);
        long offset = spool.Append(Image(0, 100_000).Memory.Span);
        Task[] working = [.. Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            while (true)
            {
                _ = spool.Append(Image(1, 200_000).Memory.Span);
                spool.Read(offset, 100_000).Release();
            }
        }))];
        await Task.Delay(50);
        spool.Dispose();

        foreach (Task work in working)
        {
            Func<Task> ended = () => work.WaitAsync(TimeSpan.FromSeconds(30));
            await ended.Should().ThrowAsync<ObjectDisposedException>();
        }
    }

    private void Keep(string path, int[] lengths)
    {
        using var spool = new ImageSpool(path, _buffers);
        long[] offsets = new long[lengths.Length];
        for (int image = 0; image < lengths.Length; image++)
        {
            offsets[image] = spool.Append(Image(image, lengths[image]).Memory.Span);
            Check(spool.Read(offsets[image], lengths[image]), image, lengths[image]);
        }

        for (int image = 0; image < lengths.Length; image++)
        {
            Check(spool.Read(offsets[image], lengths[image]), image, lengths[image]);
            Check(spool.ReadAsync(offsets[image], lengths[image]).Result, image, lengths[image]);
        }
    }

    private PooledBytes Image(int image, int length)
    {
        PooledBytes bytes = _buffers.Rent(length);
        new Random(image).NextBytes(bytes.Span);
        return bytes;
    }

    private void Check(PooledBytes read, int image, int length)
    {
        PooledBytes expected = Image(image, length);
        read.Memory.Span.SequenceEqual(expected.Memory.Span).Should().BeTrue("image {0} of {1} bytes", image, length);
        expected.Release();
        read.Release();
    }
}
