using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class SourceNameTests
{
    [Fact]
    public void Every_dataset_of_the_registry_can_be_named_in_a_recipe() => SourceRegistry.Names.Should().BeEquivalentTo(SourceNames.All);

    [Fact]
    public void Every_format_of_the_registry_can_be_named_in_a_recipe()
    {
        foreach (string format in SourceRegistry.Formats)
        {
            RecipeReader.Parse($"name: x\ntokenizer: t\ndata: {{ sources: [{{ name: mine, format: {format}, annotations: [a] }}] }}\n", "/r", [])
                .Data.Sources[0].Format.Should().Be(format);
        }
    }
}
