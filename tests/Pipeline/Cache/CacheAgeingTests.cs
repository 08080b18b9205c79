using VisualChat.Pipeline.Cache;

namespace VisualChat.Pipeline.Tests.Cache;

public sealed class CacheAgeingTests : IDisposable
{
    private readonly CacheExample _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void What_is_unused_for_a_month_goes()
    {
        _cache.WriteWorld("sample-world-old", daysUnused: 31);
        _cache.WriteWorld("sample-world-new", daysUnused: 29);
        _cache.WriteIndex('a', daysUnused: 31);
        _cache.WriteIndex('b', daysUnused: 29);
        CacheAgeing.Run(_cache.Folder);
        _cache.Names.Should().Equal("sample-world-new", CacheExample.NameOfIndex('b'));
    }

    [Fact]
    public void What_a_killed_process_left_goes_after_a_day()
    {
        string old = _cache.WriteUnfinishedWorld(daysUnused: 1.1);
        CacheAgeing.Run(_cache.Folder);
        Directory.Exists(old).Should().BeFalse();
        string young = _cache.WriteUnfinishedWorld(daysUnused: 0.9);
        CacheAgeing.Run(_cache.Folder);
        Directory.Exists(young).Should().BeTrue();
    }

    [Fact]
    public void The_longest_unused_go_first_until_the_rest_is_small_enough()
    {
        _cache.WriteIndex('a', bytes: 30, daysUnused: 5);
        _cache.WriteIndex('b', bytes: 30, daysUnused: 7);
        _cache.WriteWorld(bytes: 30, daysUnused: 6);
        _cache.WriteIndex('c', bytes: 30, daysUnused: 4);
        CacheAgeing.Run(_cache.Folder, maxBytes: 60);
        _cache.Names.Should().Equal(CacheExample.NameOfIndex('c'), CacheExample.NameOfIndex('a'));
    }

    [Fact]
    public void What_was_used_today_stays_however_large_it_is()
    {
        _cache.WriteWorld(bytes: 300, daysUnused: 0.9);
        CacheAgeing.Run(_cache.Folder, maxBytes: 60);
        _cache.Names.Should().ContainSingle();
    }

    [Fact]
    public void A_world_in_use_stays_however_old_its_mark_is()
    {
        string world = _cache.WriteWorld();
        using HeldWorld? held = HeldWorld.TryHold(world);
        File.SetLastWriteTimeUtc(Path.Join(world, CacheFolder.WorldMarker), DateTime.UtcNow.AddDays(-99));
        CacheAgeing.Run(_cache.Folder);
        _cache.Names.Should().ContainSingle();
    }

    [Fact]
    public void A_folder_that_is_not_there_or_is_a_file_is_no_error()
    {
        CacheAgeing.Run(_cache.Folder);
        CacheAgeing.Run(new CacheFolder(_cache.Write("file")));
        CacheAgeing.Run(new CacheFolder(null));
    }
}
