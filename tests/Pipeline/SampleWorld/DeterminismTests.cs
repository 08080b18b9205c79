using System.Security.Cryptography;
using System.Text;
using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed class DeterminismTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("sample-world-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void The_same_seed_writes_the_same_bytes_even_over_another_world()
    {
        string first = Path.Combine(_root, "first");
        string second = Path.Combine(_root, "second");
        WorldWriter.Write(first, new() { Samples = 40, Seed = 3 }, CancellationToken.None);
        WorldWriter.Write(second, new() { Samples = 60, Seed = 4 }, CancellationToken.None);
        Contents(second).Should().NotBe(Contents(first));
        WorldWriter.Write(second, new() { Samples = 40, Seed = 3 }, CancellationToken.None);
        Contents(second).Should().Be(Contents(first));
    }

    // A change of this hash is a change of the sample data: worlds written before and after it are
    // not the same.
    [Fact]
    public void The_text_of_a_world_is_the_one_it_always_was()
    {
        WorldWriter.Write(_root, new() { Samples = 40, Seed = 3 }, CancellationToken.None);
        IEnumerable<string> texts = Directory.GetFiles(_root, "*.json", SearchOption.AllDirectories)
            .Where(file => !file.Contains("MIMIC-IT") || file.EndsWith("_instructions.json", StringComparison.Ordinal));
        Hash(texts, _root)
            .Should().Be("ECA7E25209F9206A28893A73F252AA627862EA0537419098786B81D3269F7026");
    }

    private static string Contents(string root) =>
        Hash(Directory.GetFiles(root, "*", SearchOption.AllDirectories), root);

    private static string Hash(IEnumerable<string> files, string root)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (string file in files.Order(StringComparer.Ordinal))
        {
            hash.AppendData(Encoding.UTF8.GetBytes(Path.GetRelativePath(root, file)));
            hash.AppendData(File.ReadAllBytes(file));
        }

        return Convert.ToHexString(hash.GetHashAndReset());
    }
}
