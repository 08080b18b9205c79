using VisualChat.Model;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tests.Rooms;

/// <summary>
/// The order of data is the order of rooms: a room uses only rooms before it, and the model uses
/// none of them. A new room takes its place in this list.
/// </summary>
public sealed class RoomOrderTests
{
    private static readonly string[] Order =
    [
        "Errors",
        "Randomness",
        "Threading",
        "Launching",
        "Storage",
        "Cache",
        "Parquet",
        "Pages",
        "Tokens",
        "Recipes",
        "Images",
        "SampleWorld",
        "Sources",
        "Planning",
        "Samples",
        "Conversations",
        "Shards",
        "Blending",
        "Features",
        "DataLoading",
        "Inspection",
        "Training",
        "Chat",
        "Answering",
        "Scoring",
        "Comparing",
        "Serving",
        "Validation",
        "Terminal",
        "Commands",
    ];

    private static readonly RoomReferences Pipeline = Of(typeof(InputException), "pipeline", "VisualChat.Pipeline");

    private static readonly RoomReferences Model = Of(typeof(ChatModel), "model", "VisualChat.Model");

    [Fact]
    public void Every_room_of_the_pipeline_has_a_place_in_the_order() =>
        Pipeline.Rooms.Should().BeEquivalentTo(Order);

    [Fact]
    public void No_room_of_the_pipeline_uses_a_room_after_it()
    {
        IEnumerable<string> against = Pipeline.Arrows
            .Where(arrow => Array.IndexOf(Order, arrow.From) < Array.IndexOf(Order, arrow.To))
            .Select(arrow => $"{arrow.From} -> {arrow.To} by {string.Join(", ", arrow.By)}");

        against.Should().BeEmpty();
    }

    [Fact]
    public void The_model_uses_nothing_of_the_pipeline() =>
        Model.Assemblies.Should().NotContain(typeof(InputException).Assembly.GetName().Name);

    [Fact]
    public void No_two_folders_of_the_model_use_each_other()
    {
        HashSet<(string From, string To)> arrows = [.. Model.Arrows.Select(arrow => (arrow.From, arrow.To))];
        IEnumerable<string> pairs = arrows
            .Where(arrow => string.CompareOrdinal(arrow.From, arrow.To) < 0 && arrows.Contains((arrow.To, arrow.From)))
            .Select(arrow => $"{arrow.From} <-> {arrow.To}");

        pairs.Should().BeEmpty();
    }

    /// <summary>Without arrows the tests above would hold whatever the code did.</summary>
    [Fact]
    public void Uses_are_found() =>
        Pipeline.Arrows.Select(arrow => (arrow.From, arrow.To)).Should()
            .Contain(("Commands", "Recipes")).And.Contain(("Sources", "Recipes")).And.Contain(("Recipes", "Errors"));

    private static RoomReferences Of(Type inAssembly, string folder, string rootNamespace)
    {
        DirectoryInfo? repository = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(repository!.FullName, "VisualChat.sln")))
            repository = repository.Parent;
        string sources = Path.Combine(repository.FullName, folder);
        return new RoomReferences(inAssembly.Assembly.Location, sources, rootNamespace);
    }
}
