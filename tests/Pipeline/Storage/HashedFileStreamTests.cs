using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class HashedFileStreamTests : IDisposable
{
    private const int BlockBytes = 2 << 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(BlockBytes - 1)]
    [InlineData(BlockBytes)]
    [InlineData((9 * BlockBytes) + 4097)]
    public async Task What_is_written_is_in_the_file_with_its_hash(int length)
    {
        byte[] expected = new byte[length];
        new Random(length).NextBytes(expected);
        string path = Path.Combine(_folder, "shard");

        await WriteAsync(path, expected);

        (await File.ReadAllBytesAsync(path)).AsSpan().SequenceEqual(expected).Should().BeTrue();
    }

    [Fact]
    public async Task A_file_system_without_direct_writes_gets_the_same_bytes()
    {
        byte[] expected = new byte[(2 * BlockBytes) + 5];
        new Random(1).NextBytes(expected);
        string path = $"/dev/shm/visualchat-{Guid.NewGuid():N}";
        try
        {
            await WriteAsync(path, expected);

            (await File.ReadAllBytesAsync(path)).AsSpan().SequenceEqual(expected).Should().BeTrue();
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public async Task A_storage_failure_reaches_the_writer()
    {
        string path = Path.Combine(_folder, "shard");
        await File.WriteAllBytesAsync(path, [1]);
        using SafeFileHandle readOnly = File.OpenHandle(path);
        await using var stream = new HashedFileStream(readOnly);
        await stream.WriteAsync(new byte[BlockBytes]);

        await FluentActions.Awaiting(stream.FinishAsync).Should().ThrowAsync<UnauthorizedAccessException>();
    }

    // Small pieces without waiting, and large ones with it: as Parquet's writer does.
    private static async Task WriteAsync(string path, byte[] bytes)
    {
        using SafeFileHandle file = AtomicFile.OpenUnfinished(path, FileOptions.None);
        await using var stream = new HashedFileStream(file);
        int small = Math.Min(bytes.Length, 1000);
        stream.Write(bytes.AsSpan(0, small));
        await stream.WriteAsync(bytes.AsMemory(small));

        (await stream.FinishAsync()).Should().Be(Convert.ToHexStringLower(SHA256.HashData(bytes)));
        stream.Length.Should().Be(bytes.Length);
    }
}
