using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class FileHashesTests : IDisposable
{
    private const string HashOfA = "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb";
    private const string HashOfB = "3e23e8160039594a33894f6564e1b1348bbd7a0088d42c4acb73eeaed59c009d";

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    private string File1 => Path.Combine(_folder, "a");

    private string Remembered => Path.Combine(_folder, "cache", FileHashes.FileName);

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task A_file_is_read_once_and_known_to_every_later_process()
    {
        await WriteLongAgoAsync("a");
        (await ReadAsync()).Should().Be((HashOfA, 1));
        string[] lines = await File.ReadAllLinesAsync(Remembered);
        lines.Should().ContainSingle().Which.Should().Contain($" {HashOfA} ");

        // The hash comes from what is remembered, here of another file.
        await File.WriteAllTextAsync(Remembered, WithCheck(lines[0].Replace(HashOfA, HashOfB)));
        (await ReadAsync()).Should().Be((HashOfB, 1));
    }

    [Fact]
    public async Task A_file_that_was_written_is_read_again_even_with_its_old_time_and_length()
    {
        await WriteLongAgoAsync("a");
        DateTime modified = File.GetLastWriteTimeUtc(File1);
        _ = await ReadAsync();
        await File.WriteAllTextAsync(File1, "b");
        File.SetLastWriteTimeUtc(File1, modified);

        (await ReadAsync()).Sha256.Should().Be(HashOfB);
    }

    [Fact]
    public async Task A_file_that_changed_a_moment_ago_is_not_remembered()
    {
        await File.WriteAllTextAsync(File1, "a");
        _ = await ReadAsync();

        File.Exists(Remembered).Should().BeFalse();
    }

    [Fact]
    public async Task A_flipped_bit_in_what_is_remembered_costs_one_more_read_and_nothing_else()
    {
        await WriteLongAgoAsync("a");
        _ = await ReadAsync();
        byte[] line = await File.ReadAllBytesAsync(Remembered);
        for (int place = 0; place < line.Length; place++)
        {
            byte[] damaged = [.. line];
            damaged[place] ^= (byte)(1 << (place % 8));
            await File.WriteAllBytesAsync(Remembered, damaged);
            (await ReadAsync()).Sha256.Should().Be(HashOfA);
        }
    }

    [Fact]
    public async Task Without_a_folder_for_it_nothing_is_remembered_and_nothing_fails()
    {
        await WriteLongAgoAsync("a");
        await File.WriteAllTextAsync(Path.Combine(_folder, "cache"), "in the way");

        (await ReadAsync()).Sha256.Should().Be(HashOfA);
    }

    private static string WithCheck(string line)
    {
        string content = line[..line.LastIndexOf(' ')];
        return $"{content} {Sha256.Of(System.Text.Encoding.ASCII.GetBytes(content))[..16]}\n";
    }

    /// <summary>What changed less than three seconds ago is not remembered.</summary>
    private async Task WriteLongAgoAsync(string text)
    {
        await File.WriteAllTextAsync(File1, text);
        await Task.Delay(TimeSpan.FromSeconds(3.1));
    }

    private async Task<(string Sha256, long Bytes)> ReadAsync()
    {
        long bytes = 0;
        var hashes = new FileHashes(Path.Combine(_folder, "cache"), TextWriter.Null);
        string sha256 = await hashes.OfFileAsync(File1, read => bytes += read, CancellationToken.None);
        return (sha256, bytes);
    }
}
