using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Cache;

public sealed class CacheListTests : IDisposable
{
    private const string Hash = "0123456789abcdef0123456789abcdef";

    private readonly CacheExample _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void Every_kind_is_found_with_its_size_and_its_last_use()
    {
        string world = _cache.WriteWorld(bytes: 30, daysUnused: 3);
        string index = _cache.WriteIndex('a', bytes: 20, daysUnused: 2);
        string native = _cache.Write("natives/libLibTorchSharp-0123456789abcdef.so", 7);
        _cache.Write($"natives/libLibTorchSharp-0123456789abcdef.so.12-{Hash}", 1, daysUnused: 1);
        _cache.Write($"cache/{CacheExample.NameOfIndex('a')}.{Hash}.tmp", 2, daysUnused: 2);
        _cache.WriteUnfinishedWorld(daysUnused: 3);

        IReadOnlyList<CacheEntry> entries = _cache.Folder.List();

        entries.Select(entry => (entry.Kind, entry.Bytes)).Should().Equal(
            (CacheKind.World, 30),
            (CacheKind.Index, 20),
            (CacheKind.Native, 7),
            (CacheKind.Unfinished, 1),
            (CacheKind.Unfinished, 2),
            (CacheKind.Unfinished, 10));
        entries.Take(3).Select(entry => entry.Path).Should().Equal(world, index, native);
        DateTime now = DateTime.UtcNow;
        entries.Select(entry => (int)Math.Round((now - entry.LastUsed).TotalDays)).Should().Equal(3, 2, 0, 1, 2, 3);
    }

    [Fact]
    public void The_checksums_of_checked_files_are_one_entry()
    {
        using var cache = new CacheExample();
        string checksums = cache.Write($"cache/{FileHashes.FileName}", bytes: 140);
        CacheEntry entry = cache.Folder.List().Should().ContainSingle().Which;
        (entry.Kind, entry.Bytes, entry.Path).Should().Be((CacheKind.Checksums, 140L, checksums));
    }

    [Theory]
    [InlineData("notes.txt")]
    [InlineData("sample-world-2-1")]
    [InlineData("0123456789abcdef0123456789abcde.index")]
    [InlineData("0123456789abcdef0123456789abcdef.index\n")]
    [InlineData("0123456789ABCDEF0123456789ABCDEF.index")]
    [InlineData("0123456789abcdef0123456789abcdef.index.tmp")]
    [InlineData("libLibTorchSharp-0123456789abcdef.so")]
    [InlineData("mine/0123456789abcdef0123456789abcdef.index")]
    [InlineData("sample-world-no-marker/coco/a.jpg")]
    [InlineData("sample-world-2 1/sample-world.json")]
    [InlineData(".unfinished-mine/a.jpg")]
    public void What_does_not_have_the_form_of_an_entry_is_none(string name)
    {
        _cache.Write($"cache/{name}");
        _cache.Names.Should().BeEmpty();
    }

    [Fact]
    public void Links_are_no_entries_and_what_they_lead_to_does_not_count()
    {
        string file = _cache.Write("elsewhere/file", 1000);
        _cache.Write($"elsewhere/world/{CacheFolder.WorldMarker}");
        string world = _cache.WriteWorld(bytes: 30);
        File.CreateSymbolicLink(_cache.At($"cache/{CacheExample.NameOfIndex('a')}"), file);
        Directory.CreateSymbolicLink(_cache.At("cache/sample-world-3"), _cache.At("elsewhere/world"));
        Directory.CreateSymbolicLink(Path.Join(world, "linked"), _cache.At("elsewhere"));
        File.CreateSymbolicLink(Path.Join(world, "linked.jpg"), file);

        _cache.Folder.List().Should().ContainSingle().Which.Should().BeEquivalentTo(new { Path = world, Bytes = 30 });
    }

    [Fact]
    public void A_folder_that_is_not_there_or_is_none_has_nothing()
    {
        _cache.Names.Should().BeEmpty();
        new CacheFolder(null).List().Should().BeEmpty();
        new CacheFolder(_cache.Write("file")).List().Should().BeEmpty();
    }
}
