using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Tests.Images;

namespace VisualChat.Pipeline.Tests.Blending;

/// <summary>
/// Storage that fails while a stage reads: the blend ends with an error that says so, and the next
/// one goes on.
/// </summary>
public sealed class FailingStageTests : IDisposable
{
    private static readonly Recipe Recipe = new()
    {
        Name = "failing",
        Tokenizer = RecipePath.To(PlannedBlend.TokenizerPath),
        Images = new ImageSettings { Size = 28 },
        Data = new DataSettings
        {
            Validation = new ValidationSettings { Fraction = 0 },
            Sources =
            [
                new EntrySettings
                {
                    Name = "own",
                    Format = SourceFormat.Llava,
                    Annotations = ["llava.json"],
                    Images = "images",
                },
            ],
        },
    };

    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task An_image_that_the_storage_cannot_open_stops_the_blend_with_what_the_storage_said()
    {
        string image = Path.Combine(_root, "images", "0.jpg");
        Directory.CreateDirectory(Path.GetDirectoryName(image)!);
        await File.WriteAllBytesAsync(image, ImageData.Source("portrait.jpg"));
        await File.WriteAllTextAsync(
            Path.Combine(_root, "llava.json"),
            """
            [{"id":"1","image":"0.jpg","conversations":[
            {"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"A dot."}]}]
            """);
        BlendRun runner = await PlannedBlend.OfAsync(Recipe, _root);
        var folder = new OutputFolder(Path.Combine(_root, "out"));

        // A link to itself, made after the files were listed: neither missing nor forbidden.
        File.Delete(image);
        File.CreateSymbolicLink(image, "0.jpg");
        var settings = new BlendSettings { Workers = 2 };
        Func<Task> blend = () => runner.RunAsync(folder, settings, null, CancellationToken.None);
        (await blend.Should().ThrowAsync<WorkException>())
            .WithMessage("Blending into '*' stopped: *0.jpg*What is finished is kept*");

        File.Delete(image);
        await File.WriteAllBytesAsync(image, ImageData.Source("portrait.jpg"));
        Manifest? manifest = (await runner.RunAsync(folder, settings, null, CancellationToken.None))?.Manifest;
        manifest!.Shards.Sum(shard => shard.Rows).Should().Be(1);
    }
}
