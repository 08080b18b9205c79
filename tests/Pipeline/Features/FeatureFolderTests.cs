using NJsonSchema;
using VisualChat.Model.Safetensors;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Features;

namespace VisualChat.Pipeline.Tests.Features;

public sealed class FeatureFolderTests
{
    private readonly string _root = FeatureFixture.NewFolder();

    [Fact]
    public void What_was_added_is_read_back_by_the_image()
    {
        FeatureFolder written = Make();
        FeatureFixture.Add(written, 1, 2, 3);
        FeatureFixture.Add(written, 4);

        FeatureFolder read = Open();

        read.Count.Should().Be(4);
        foreach (int image in new[] { 4, 1, 3, 2 })
            FeatureFixture.Read(read, image).Should().Equal(FeatureFixture.Values(image));
        read.Find(FeatureFixture.Key(5)).Should().BeNull();
        Directory.GetFiles(_root).Select(Path.GetFileName).Order().Should().Equal(
            "features-000001.safetensors", "features-000002.safetensors", "features.json");
    }

    [Fact]
    public void Its_files_are_safetensors_that_others_read()
    {
        FeatureFixture.Add(Make(), 1, 2, 3);
        string path = Path.Combine(_root, "features-000001.safetensors");
        using FileStream file = File.OpenRead(path);

        IReadOnlyDictionary<string, StoredTensor> tensors = SafetensorsFile.Read(path, file);

        tensors.Should().HaveCount(3);
        tensors["keys"].Shape.Should().Equal(3, 32);
        tensors["checksums"].Shape.Should().Equal(3, 32);
        tensors["features"].Shape.Should().Equal(3, 2, 3);
        tensors["features"].Type.ToString().Should().Be("Float32");
    }

    [Theory]
    [InlineData(null)]
    [InlineData("nf4")]
    public async Task Its_document_is_as_the_schema_says(string? frozen)
    {
        var folder = FeatureFolder.OpenOrMake(
            _root, FeatureFixture.Kind with { Frozen = frozen }, FeatureFixture.BytesEach);
        folder.AddBlend("plan");
        using Stream resource =
            typeof(FeatureFolder).Assembly.GetManifestResourceStream("data-schemas/features.schema.json")!;
        using var reader = new StreamReader(resource);
        JsonSchema schema = await JsonSchema.FromJsonAsync(await reader.ReadToEndAsync());
        string document = await File.ReadAllTextAsync(Path.Combine(_root, FeatureFolder.ManifestName));

        schema.Validate(document).Should().BeEmpty();
        schema.Validate(document.Replace("\"crop\"", "\"stretch\"", StringComparison.Ordinal)).Should().NotBeEmpty();
    }

    [Fact]
    public void An_image_that_is_there_twice_counts_once()
    {
        FeatureFolder folder = Make();
        FeatureFixture.Add(folder, 1, 2);
        FeatureFixture.Add(folder, 2, 3);

        folder.Count.Should().Be(3);
        Open().Count.Should().Be(3);
    }

    [Fact]
    public void Every_flipped_byte_is_noticed()
    {
        FeatureFixture.Add(Make(), 1, 2);
        string path = Path.Combine(_root, "features-000001.safetensors");
        byte[] whole = File.ReadAllBytes(path);
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 1;
            File.WriteAllBytes(path, damaged);

            HasBoth().Should().BeFalse("byte {0} of {1} differs", at, whole.Length);
        }

        // Damage is an error, or an image that is not there; never other numbers.
        bool HasBoth()
        {
            try
            {
                FeatureFolder folder = Open();
                return new[] { 1, 2 }.All(image => folder.Contains(FeatureFixture.Key(image))
                    && FeatureFixture.Read(folder, image).SequenceEqual(FeatureFixture.Values(image)))
                    && folder.Count == 2;
            }
            catch (WorkException exception)
            {
                exception.Message.Should().Contain(path).And.Contain("damaged").And.Contain("visualchat encode");
                return false;
            }
        }
    }

    [Fact]
    public void A_file_that_was_cut_off_is_noticed()
    {
        FeatureFixture.Add(Make(), 1, 2);
        string path = Path.Combine(_root, "features-000001.safetensors");
        byte[] whole = File.ReadAllBytes(path);
        foreach (int length in new[] { 0, 7, 100, whole.Length - 1 })
        {
            File.WriteAllBytes(path, whole[..length]);

            Action act = () => Open();
            act.Should().Throw<WorkException>().WithMessage("*000001.safetensors' is damaged*");
        }
    }

    [Fact]
    public void Features_of_another_kind_are_refused_and_every_difference_is_named()
    {
        FeatureFixture.Add(Make(), 1);
        FeatureKind wanted = FeatureFixture.Kind with
        {
            TowerSha256 = new string('b', 64),
            ImageResize = "squash",
            Dtype = "bf16",
        };

        Action act = () => FeatureFolder.Open(_root, wanted, FeatureFixture.BytesEach);

        act.Should().Throw<InputException>().Which.Problems.Should().Equal(
            $"The features in '{_root}' are not this recipe's: their tower has other weights, SHA-256 aaaaaaaaaaaa, "
            + "the recipe has bbbbbbbbbbbb.",
            $"The features in '{_root}' are not this recipe's: images.resize is crop, the recipe has squash.",
            $"The features in '{_root}' are not this recipe's: model.dtype is float32, the recipe has bf16.",
            "Name another folder or delete this one, and make the recipe's own with 'visualchat encode'.");
    }

    [Fact]
    public void A_folder_without_features_or_with_something_else_is_refused()
    {
        Action open = () => Open();
        open.Should().Throw<InputException>().WithMessage("*has no features.json*visualchat encode*");

        File.WriteAllText(Path.Combine(_root, "mine.txt"), "mine");
        Action make = () => Make();
        make.Should().Throw<InputException>().WithMessage("*holds no features, and something else*");
        Directory.GetFiles(_root).Should().ContainSingle();
    }

    [Fact]
    public void One_process_at_a_time_adds_and_removes_what_a_killed_one_left()
    {
        string unfinished = Path.Combine(_root, $"features-000001.safetensors.{new string('0', 32)}.tmp");
        File.WriteAllText(unfinished, "half");
        using (FeatureFolder.Take(_root))
        {
            File.Exists(unfinished).Should().BeFalse();
            Action other = () => FeatureFolder.Take(_root);
            other.Should().Throw<WorkException>().WithMessage($"Another process is encoding images into '{_root}'*");
        }

        FeatureFolder.Take(_root).Dispose();
    }

    [Fact]
    public void A_blend_is_there_as_long_as_its_images_are()
    {
        FeatureFolder folder = Make();
        FeatureFixture.Add(folder, 1);
        FeatureFixture.Add(folder, 2, 3);
        folder.AddBlend("plan");

        Open().HasBlend("plan").Should().BeTrue();
        Open().HasBlend("another").Should().BeFalse();
        File.Delete(Path.Combine(_root, "features-000001.safetensors"));
        Open().HasBlend("plan").Should().BeFalse();
    }

    private FeatureFolder Make() => FeatureFolder.OpenOrMake(_root, FeatureFixture.Kind, FeatureFixture.BytesEach);

    private FeatureFolder Open() => FeatureFolder.Open(_root, FeatureFixture.Kind, FeatureFixture.BytesEach);
}
