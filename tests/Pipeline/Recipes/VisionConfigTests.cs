using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class VisionConfigTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_configuration_that_is_not_there_is_none() => Read().Should().BeNull();

    [Fact]
    public void A_byte_order_mark_is_passed_over()
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), "\uFEFF{\"patch_size\":16,\"image_size\":96}");
        Read().Should().Be(new VisionConfig(16, 96));
    }

    [Fact]
    public void A_configuration_that_is_no_JSON_or_no_file_is_told()
    {
        string file = Path.Combine(_folder, "config.json");
        File.WriteAllText(file, "[1");
        Action act = () => Read();
        act.Should().Throw<InputException>().WithMessage($"model.vision: '{file}' cannot be read: it is not JSON: *");
        File.WriteAllText(file, "<html>");
        act.Should().Throw<InputException>().WithMessage($"model.vision: '{file}' cannot be read: it is a web page*");
        File.Delete(file);
        _ = Directory.CreateDirectory(file);
        act.Should().Throw<InputException>().WithMessage($"model.vision: '{file}' cannot be read: it is a folder*");
    }

    private VisionConfig? Read() => VisionConfig.Of(new ModelSettings
    {
        Vision = RecipePath.To(_folder),
        Language = RecipePath.To(_folder),
    });
}
