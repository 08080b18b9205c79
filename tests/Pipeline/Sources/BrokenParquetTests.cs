using System.Buffers.Binary;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources.Indexes;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>Footers that are damaged or malicious end in an error that names the file.</summary>
public sealed class BrokenParquetTests : IDisposable
{
    private const byte ListOfLists = 0x19;
    private const byte StructField = 0x1C;

    private readonly string _path = Path.Combine(
        Directory.CreateTempSubdirectory("visualchat-").FullName, "images.parquet");

    public static TheoryData<string, byte[]> Footers => new()
    {
        { "nested lists", [ListOfLists, .. Enumerable.Repeat(ListOfLists, 1_000_000)] },
        { "nested structs", [.. Enumerable.Repeat(StructField, 1_000_000)] },
        { "a struct as the schema", [0x2C, .. Enumerable.Repeat(StructField, 1000)] },
        { "a schema of 2^31 elements", [0x29, 0xFC, 0x80, 0x80, 0x80, 0x80, 0x08, 0x00] },
        { "a list of 2^62 booleans", [0x19, 0xF1, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x00] },
        { "a number that does not end", [0x15, .. Enumerable.Repeat((byte)0xFF, 100)] },
        { "text of 2^63 bytes", [0x18, .. Enumerable.Repeat((byte)0xFF, 9), 0x01, 0x00] },
        { "nothing", [0x00] },
    };

    public void Dispose() => Directory.Delete(Path.GetDirectoryName(_path)!, recursive: true);

    [Theory]
    [MemberData(nameof(Footers))]
    public async Task A_footer_that_is_not_Parquets_is_an_error(string what, byte[] footer)
    {
        Write(footer, footer.Length);
        ThrowsIndexing(what);
        Func<Task> open = () => ShardFileReader.OpenAsync(_path, CancellationToken.None);
        (await open.Should().ThrowAsync<WorkException>(what)).WithMessage($"{_path}: not a whole Parquet file*");
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(0)]
    [InlineData(int.MaxValue)]
    public void A_footers_length_that_cannot_be_is_an_error(int length)
    {
        Write([0x00], length);
        ThrowsIndexing($"{length}");
    }

    [Fact]
    public void A_file_of_a_few_bytes_is_an_error()
    {
        File.WriteAllText(_path, "PAR1");
        ThrowsIndexing("too short");
    }

    private void ThrowsIndexing(string what)
    {
        Action index = () => ParquetFileIndex.Build(_path, _ => { }, CancellationToken.None);
        index.Should().Throw<WorkException>(what).WithMessage($"{_path}*");
    }

    private void Write(byte[] footer, int length)
    {
        byte[] end = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(end, length);
        File.WriteAllBytes(_path, [.. "PAR1"u8, .. footer, .. end, .. "PAR1"u8]);
    }
}
