using System.Text.Json;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Commands;
using VisualChat.Pipeline.Tests.Cache;

namespace VisualChat.Pipeline.Tests.Commands;

/// <summary><c>cache</c> and <c>cache clear</c>, as a user sees them.</summary>
public sealed class CacheCommandTests : IDisposable
{
    private readonly CacheExample _cache = new();
    private readonly TestConsole _console = new();

    public void Dispose()
    {
        _console.Dispose();
        _cache.Dispose();
    }

    [Fact]
    public void The_list_names_what_is_kept_and_when_it_goes()
    {
        _cache.WriteWorld(bytes: 2_000_000);
        CacheCommand.List(_cache.Folder, isJson: false, _console.Streams).Should().Be(ExitCode.Done);
        _console.Output.Should().MatchRegex(@"world +2 MB +20\d\d-\d\d-\d\d \d\d:\d\d +sample-world-2-1 ");
        _console.Output.Should().Contain(
            $"2 MB in {_cache.Folder.Path}.\n"
            + "What is unused for 30 days is removed, and the longest unused when all is over 10 GB.\n");
    }

    [Fact]
    public void Files_that_only_a_hash_names_are_one_row()
    {
        _cache.WriteIndex('a', bytes: 20);
        _cache.WriteIndex('b', bytes: 30, daysUnused: 2);
        CacheCommand.List(_cache.Folder, isJson: false, _console.Streams);
        _console.Output.Should().MatchRegex(@"index +50 bytes +\S+ \S+ +2 files");
        Clear(new CacheClearOptions { Folder = _cache.Folder, DryRun = true });
        _console.Output.Should().Contain("Would remove index, 2 files (50 bytes)\n");
    }

    [Fact]
    public void The_list_is_also_one_document()
    {
        string index = _cache.WriteIndex('a', bytes: 20);
        CacheCommand.List(_cache.Folder, isJson: true, _console.Streams);
        JsonElement document = JsonDocument.Parse(_console.Output).RootElement;
        document.GetProperty("folder").GetString().Should().Be(_cache.Folder.Path);
        document.GetProperty("bytes").GetInt64().Should().Be(20);
        JsonElement entry = document.GetProperty("entries")[0];
        entry.GetProperty("kind").GetString().Should().Be("index");
        entry.GetProperty("path").GetString().Should().Be(index);
        entry.GetProperty("last_used").GetDateTime().Should().BeCloseTo(DateTime.UtcNow, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public void Clearing_says_what_it_removed_and_freed()
    {
        _cache.WriteIndex('a', bytes: 20);
        Clear(new CacheClearOptions { Folder = _cache.Folder, DryRun = true });
        _cache.Names.Should().ContainSingle();
        Clear(new CacheClearOptions { Folder = _cache.Folder });
        _cache.Names.Should().BeEmpty();
        string entry = $"index {CacheExample.NameOfIndex('a')} (20 bytes)";
        _console.Output.Should().Be(
            $"Would remove {entry}\nWould free 20 bytes. Nothing was removed.\nRemoved {entry}\nFreed 20 bytes.\n");
    }

    [Fact]
    public void Clearing_names_what_stays_because_it_is_in_use()
    {
        string world = _cache.WriteWorld();
        using HeldWorld? held = HeldWorld.TryHold(world);
        Clear(new CacheClearOptions { Folder = _cache.Folder });
        _console.Output.Should().Be(
            "Stays, because a command uses it or just did: world sample-world-2-1 (10 bytes)\nFreed 0 bytes.\n");
    }

    [Fact]
    public void One_kind_or_an_age_can_be_chosen()
    {
        _cache.WriteWorld(daysUnused: 3);
        _cache.WriteIndex('a', daysUnused: 3);
        _cache.WriteIndex('b', daysUnused: 1);
        Clear(new CacheClearOptions
        {
            Folder = _cache.Folder,
            Kind = CacheKind.Index,
            OlderThan = TimeSpan.FromDays(2),
        });
        _cache.Names.Should().Equal("sample-world-2-1", CacheExample.NameOfIndex('b'));
    }

    [Theory]
    [InlineData("30d", true)]
    [InlineData("0h", true)]
    [InlineData("12h", true)]
    [InlineData("30", false)]
    [InlineData("d", false)]
    [InlineData("-1d", false)]
    [InlineData("1.5d", false)]
    [InlineData("9999999d", false)]
    [InlineData("", false)]
    public async Task An_age_is_a_number_of_days_or_hours(string age, bool isRight)
    {
        string[] line = ["cache", "clear", "native", "--dry-run", "--older-than", age];
        int status = await CommandLine.RunAsync(line, _console.Streams.Output, _console.Streams.Error);
        status.Should().Be(isRight ? ExitCode.Done : ExitCode.WrongInput);
        _console.Error.Should().Be(
            isRight ? "" : $"error: --older-than '{age}' is no age: write days or hours, such as 30d or 12h.\n");
    }

    private void Clear(CacheClearOptions options) =>
        CacheCommand.Clear(options, _console.Streams).Should().Be(ExitCode.Done);
}
