using VisualChat.Pipeline.Cache;

namespace VisualChat.Pipeline.Tests.Cache;

public sealed class CacheRemovalTests : IDisposable
{
    private const string Picture = "a.jpg";

    private readonly CacheExample _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void What_is_listed_is_removed_and_nothing_else()
    {
        _cache.WriteWorld();
        _cache.WriteIndex('a');
        _cache.Write("natives/libLibTorchSharp-0123456789abcdef.so");
        _cache.WriteUnfinishedWorld(daysUnused: 1);
        _cache.Write("cache/notes.txt");

        var removal = CacheRemoval.Of(_cache.Folder.List());

        removal.Removed.Should().HaveCount(4);
        removal.InUse.Should().BeEmpty();
        removal.Failed.Should().BeEmpty();
        _cache.Names.Should().BeEmpty();
        Directory.GetFileSystemEntries(_cache.At("cache")).Should().Equal(_cache.At("cache/notes.txt"));
    }

    [Fact]
    public void A_world_that_is_held_stays_until_it_is_held_no_more()
    {
        string world = _cache.WriteWorld();
        using (HeldWorld? first = HeldWorld.TryHold(world), second = HeldWorld.TryHold(world))
        {
            first.Should().NotBeNull();
            second.Should().NotBeNull();
            CacheRemoval.Of(_cache.Folder.List()).InUse.Should().ContainSingle().Which.Path.Should().Be(world);
            CacheRemoval.Of(_cache.Folder.List(), isDryRun: true).InUse.Should().ContainSingle();
            File.Exists(Path.Join(world, $"coco/{Picture}")).Should().BeTrue();
        }

        CacheRemoval.Of(_cache.Folder.List()).Removed.Should().ContainSingle();
        Directory.GetFileSystemEntries(_cache.At("cache")).Should().BeEmpty();
        HeldWorld.TryHold(world).Should().BeNull();
    }

    [Fact]
    public void What_was_used_since_it_was_listed_stays()
    {
        string world = _cache.WriteWorld(daysUnused: 40);
        string index = _cache.WriteIndex('a', daysUnused: 40);
        IReadOnlyList<CacheEntry> listed = _cache.Folder.List();
        HeldWorld.TryHold(world)!.Dispose();
        LastUse.Mark(index);

        CacheRemoval.Of(listed).InUse.Should().HaveCount(2);
        _cache.Names.Should().HaveCount(2);
    }

    [Fact]
    public void What_a_process_just_wrote_and_has_not_finished_stays()
    {
        _cache.WriteUnfinishedWorld(daysUnused: 0);
        CacheRemoval.Of(_cache.Folder.List()).InUse.Should().ContainSingle();
        _cache.Names.Should().ContainSingle();
    }

    [Fact]
    public void A_link_in_a_world_goes_and_what_it_leads_to_stays()
    {
        string file = _cache.Write("elsewhere/file");
        string world = _cache.WriteWorld();
        Directory.CreateSymbolicLink(Path.Join(world, "linked"), _cache.At("elsewhere"));
        File.CreateSymbolicLink(Path.Join(world, "coco/linked.jpg"), file);

        CacheRemoval.Of(_cache.Folder.List()).Removed.Should().ContainSingle();

        Directory.Exists(world).Should().BeFalse();
        File.Exists(file).Should().BeTrue();
    }

    [Fact]
    public void A_dry_run_says_the_same_and_removes_nothing()
    {
        _cache.WriteWorld();
        _cache.WriteIndex('a');
        _cache.WriteUnfinishedWorld(daysUnused: 1);
        CacheRemoval.Of(_cache.Folder.List(), isDryRun: true).Removed.Should().HaveCount(3);
        _cache.Names.Should().HaveCount(3);
    }

    [Fact]
    public void An_entry_that_another_process_removed_first_is_no_failure()
    {
        _cache.WriteIndex('a');
        IReadOnlyList<CacheEntry> listed = _cache.Folder.List();
        File.Delete(listed[0].Path);
        Directory.Delete(_cache.At("cache"));
        CacheRemoval.Of(listed).Failed.Should().BeEmpty();
    }

    [Fact]
    public async Task A_world_that_is_held_is_never_gone_however_many_remove_it()
    {
        bool isDone = false;
        int rounds = 0;
        Task[] removing = [.. Enumerable.Range(0, 2).Select(_ => Task.Run(RemoveAll))];
        while (rounds < 50)
        {
            _cache.Write($"drawn/coco/{Picture}");
            _cache.Write($"drawn/{CacheFolder.WorldMarker}");
            string world = _cache.At("cache/sample-world-2-1");
            Directory.CreateDirectory(_cache.At("cache"));
            Directory.Move(_cache.At("drawn"), world);
            using (HeldWorld? held = HeldWorld.TryHold(world))
            {
                for (int look = 0; held is not null && look < 20; look++)
                    File.Exists(Path.Join(world, "coco", Picture)).Should().BeTrue();
                rounds += held is null ? 0 : 1;
            }

            SpinWait.SpinUntil(() => !Directory.Exists(world));
        }

        Volatile.Write(ref isDone, true);
        await Task.WhenAll(removing);

        void RemoveAll()
        {
            while (!Volatile.Read(ref isDone))
                CacheRemoval.Of(_cache.Folder.List()).Failed.Should().BeEmpty();
        }
    }
}
