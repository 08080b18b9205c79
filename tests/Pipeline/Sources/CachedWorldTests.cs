using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;
using VisualChat.Pipeline.Tests.Cache;
using Root = VisualChat.Pipeline.Sources.DataRoot;

namespace VisualChat.Pipeline.Tests.Sources;

/// <summary>The sample world that a recipe without <c>--data</c> reads.</summary>
public sealed class CachedWorldTests : IDisposable
{
    private static readonly Recipe Recipe = new()
    {
        Name = "test",
        Data = new DataSettings { Sources = [], SampleWorld = new SampleWorldSettings { Samples = 40, Seed = 1 } },
        Tokenizer = RecipePath.To("none"),
    };

    private readonly CacheExample _cache = new();

    public void Dispose() => _cache.Dispose();

    [Fact]
    public void It_is_drawn_once_and_every_use_marks_it()
    {
        using (Root first = World(new IndexCache(_cache.Folder), out string notes))
            notes.Should().Be($"Drawing the sample world (40 samples, seed 1) into {first.Folder}\n");
        string marker = Path.Join(_cache.Folder.List().Single().Path, CacheFolder.WorldMarker);
        File.SetLastWriteTimeUtc(marker, DateTime.UtcNow.AddDays(-20));
        using (Root second = World(new IndexCache(_cache.Folder), out string notes))
        {
            notes.Should().BeEmpty();
            second.Folder.Should().Be(Path.GetDirectoryName(marker));
        }

        File.GetLastWriteTimeUtc(marker).Should().BeCloseTo(DateTime.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void It_is_not_removed_while_it_is_read_also_when_it_is_named()
    {
        using Root drawn = World(new IndexCache(_cache.Folder), out _);
        CacheRemoval.Of(_cache.Folder.List()).InUse.Should().ContainSingle();
        drawn.Dispose();
        using (Resolve(drawn.Folder + "/"))
            CacheRemoval.Of(_cache.Folder.List()).InUse.Should().ContainSingle();
        CacheRemoval.Of(_cache.Folder.List()).Removed.Should().ContainSingle();
    }

    [Fact]
    public void Two_processes_at_once_get_the_same_one()
    {
        string[] folders = new string[4];
        Parallel.For(0, folders.Length, index =>
        {
            using Root world = World(new IndexCache(_cache.Folder), out _);
            folders[index] = world.Folder;
        });
        folders.Distinct().Should().ContainSingle();
        Directory.GetFileSystemEntries(_cache.Folder.Path!).Should().Equal(folders[0]);
    }

    [Fact]
    public void A_cache_that_cannot_be_written_is_named_with_what_to_do()
    {
        string file = _cache.Write("file");
        Action act = () => World(new IndexCache(new CacheFolder(Path.Join(file, "cache"))), out _);
        act.Should().Throw<WorkException>().WithMessage(
            $"The sample world in {file}/cache/sample-world-* cannot be drawn or read: * "
            + "VISUALCHAT_CACHE=FOLDER keeps it in another folder.");
    }

    [Fact]
    public void A_user_without_a_home_folder_is_told_to_name_one()
    {
        Action act = () => World(new IndexCache(new CacheFolder(null)), out _);
        act.Should().Throw<InputException>().WithMessage("*name one with VISUALCHAT_CACHE=FOLDER.");
    }

    private static Root World(IndexCache cache, out string notes)
    {
        using var writer = new StringWriter { NewLine = "\n" };
        Root? world = Root.SampleWorldOf(Recipe, cache, writer, CancellationToken.None);
        notes = writer.ToString();
        return world!;
    }

    private Root Resolve(string data) =>
        Root.Resolve(Recipe, data, new IndexCache(_cache.Folder), TextWriter.Null, CancellationToken.None);
}
