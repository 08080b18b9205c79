using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using SkiaSharp;

namespace VisualChat.Pipeline.Tests.SampleWorld;

public sealed partial class WrittenWorldTests(WrittenWorld world) : IClassFixture<WrittenWorld>
{
    [Theory]
    [InlineData("llava/detail_23k.json", 20)]
    [InlineData("llava/complex_reasoning_77k.json", 32)]
    [InlineData("llava/conversation_58k.json", 40)]
    public void LLaVA_records_alternate_speakers_and_mark_their_one_picture_once(string file, int records)
    {
        JsonArray all = world.Json(file).AsArray();
        all.Count.Should().Be(records);
        all.Select(record => (string)record!["id"]!).Should().OnlyHaveUniqueItems();
        foreach (JsonNode? record in all)
        {
            string image = (string)record!["image"]!;
            image.Should().MatchRegex("^[0-9]{12}\\.jpg$");
            File.Exists(Path.Combine(world.Root, "coco/train2017", image)).Should().BeTrue();
            string[] speakers = [.. record["conversations"]!.AsArray().Select(turn => (string)turn!["from"]!)];
            speakers.Should()
                .Equal(Enumerable.Range(0, speakers.Length).Select(turn => turn % 2 == 0 ? "human" : "gpt"))
                .And.HaveCountGreaterThanOrEqualTo(2);
            string[] texts = [.. record["conversations"]!.AsArray().Select(turn => (string)turn!["value"]!)];
            texts.Should().OnlyContain(text => text.Trim().Length > 0);
            (
                texts[0].StartsWith("<image>\n", StringComparison.Ordinal) ^ texts[0]
                    .EndsWith("\n<image>", StringComparison.Ordinal))
                .Should()
                .BeTrue();
            texts.Sum(text => text.Split("<image>").Length - 1).Should().Be(1);
        }
    }

    [Fact]
    public void The_picture_is_marked_before_some_questions_and_after_others()
    {
        string[] first =
        [
            .. world.Json("llava/detail_23k.json")
                .AsArray()
                .Select(record => (string)record!["conversations"]![0]!["value"]!),
        ];
        first.Should().Contain(text => text.StartsWith("<image>")).And.Contain(text => text.EndsWith("<image>"));
    }

    [Theory]
    [InlineData("CGD", 40)]
    [InlineData("SD", 16)]
    [InlineData("SN", 8)]
    [InlineData("TVC", 16)]
    [InlineData("VST", 12)]
    public void MIMIC_IT_instructions_name_images_that_are_there_and_relatives_that_name_them_back(
        string set, int records)
    {
        JsonObject data = world.Json($"MIMIC-IT/{set}_instructions.json")["data"]!.AsObject();
        data.Count.Should().Be(records);
        JsonObject? images = set == "CGD" ? null : world.Json($"MIMIC-IT/{set}.json").AsObject();
        bool related = false;
        foreach ((string key, JsonNode? record) in data)
        {
            key.Should().MatchRegex($"^{set}_INS_[0-9]{{6}}$");
            ((string)record!["instruction"]!).Should().NotBeEmpty();
            ((string)record["answer"]!).Should().NotBeEmpty();
            foreach (string id in record["image_ids"]!.AsArray().Select(id => (string)id!))
            {
                if (images is null)
                    File.Exists(Path.Combine(world.Root, "coco/train2017", id.Replace("CGD_IMG_", "") + ".jpg"))
                        .Should()
                        .BeTrue();
                else
                    Convert.FromBase64String((string)images[id]!)
                        .AsSpan(0, 3)
                        .ToArray()
                        .Should()
                        .Equal(0xFF, 0xD8, 0xFF);
            }

            foreach (string other in record["rel_ins_ids"]!.AsArray().Select(id => (string)id!))
            {
                related = true;
                data[other]!["rel_ins_ids"]!.AsArray().Select(id => (string)id!).Should().Contain(key);
                data[other]!["image_ids"]!.ToJsonString().Should().Be(record["image_ids"]!.ToJsonString());
            }
        }

        related.Should().BeTrue();
    }

    [Theory]
    [InlineData("SparklesDialogueCC", 10)]
    [InlineData("SparklesDialogueVG", 6)]
    public void Sparkles_dialogues_show_an_image_before_they_speak_of_it_and_mark_each_once(string set, int records)
    {
        JsonArray all = world.Json($"{set}/annotations/{set}.json").AsArray();
        all.Count.Should().Be(records);
        int bringingMoreLater = 0;
        foreach (JsonNode? record in all)
        {
            JsonArray turns = record!["dialogue"]!.AsArray();
            turns.Select(turn => (string)turn!["role"]!)
                .Should()
                .Equal(Enumerable.Range(0, turns.Count).Select(turn => turn % 2 == 0 ? "user" : "assistant"));
            var known = new HashSet<string>();
            for (int index = 0; index < turns.Count; index++)
            {
                string content = (string)turns[index]!["content"]!;
                string[] brought =
                [
                    .. turns[index]!["images"]?.AsArray().Select(image => $"{(long)image!["image_id"]!}") ?? [],
                ];
                foreach (string id in brought)
                    File.Exists(Path.Combine(world.Root, set, "images", id + ".jpg")).Should().BeTrue();
                known.UnionWith(brought);
                ShownImage().Matches(content).Select(mark => mark.Groups[1].Value).Should().Equal(brought);
                AnyImage().Matches(content).Select(mark => mark.Groups[1].Value).Except(known).Should().BeEmpty();
                (content.Split("<ImageHere>").Length - 1).Should().Be(brought.Length);
                bringingMoreLater += index > 0 ? brought.Length : 0;
            }

            turns[0]!["images"]!.AsArray().Count.Should().BeInRange(2, 3);
        }

        bringingMoreLater.Should().BePositive();
    }

    [Fact]
    public void Pictures_recur_about_twice_and_every_compared_picture_has_a_LLaVA_record()
    {
        string[] llava =
        [
            .. new[] { "detail_23k", "complex_reasoning_77k", "conversation_58k" }
                .SelectMany(file => world.Json($"llava/{file}.json").AsArray())
                    .Select(record => (string)record!["id"]!),
        ];
        string[] compared =
        [
            .. world.Json("MIMIC-IT/CGD_instructions.json")["data"]!.AsObject()
                .SelectMany(record => record.Value!["image_ids"]!.AsArray())
                    .Select(id => ((string)id!).Replace("CGD_IMG_", "")),
        ];
        compared.Should().OnlyContain(picture => llava.Contains(picture));
        int pictures = Directory.GetFiles(Path.Combine(world.Root, "coco/train2017")).Length;
        pictures.Should().Be(72);
        ((double)(llava.Length + compared.Length) / pictures).Should().BeInRange(2, 3);
    }

    [Fact]
    public void Held_out_questions_have_an_answer_each_and_images_of_their_own()
    {
        JsonObject questions = world.Json("heldout/questions.json").AsObject();
        JsonObject answers = world.Json("heldout/answers.json").AsObject();
        questions.Count.Should().Be(50);
        answers.Select(entry => entry.Key).Should().Equal(questions.Select(entry => entry.Key));
        var images = new List<string>();
        foreach ((string name, JsonNode? rounds) in questions)
        {
            answers[name]!.AsArray().Count.Should().Be(rounds!.AsArray().Count);
            images.AddRange(((string)rounds[0]![1]!).Split(' '));
            rounds.AsArray()
                .Skip(1)
                .Where(round => round!.AsArray().Count != 1)
                .Should()
                .BeEmpty("a follow-up brings no image");
        }

        images.Order(StringComparer.Ordinal).Should().Equal(
            Directory.GetFiles(Path.Combine(world.Root, "heldout/images"))
                .Select(file => "images/" + Path.GetFileName(file))
                .Order(StringComparer.Ordinal));
        questions.Select(entry => ((string)entry.Value![0]![1]!).Split(' ').Length).Should().Contain(2);
    }

    [Fact]
    public void Every_picture_decodes()
    {
        string[] files = Directory.GetFiles(world.Root, "*.jpg", SearchOption.AllDirectories);
        files.Length.Should().BeGreaterThan(150);
        foreach (string file in files)
        {
            using var bitmap = SKBitmap.Decode(file);
            Math.Min(bitmap.Width, bitmap.Height).Should().Be(240);
        }
    }

    [GeneratedRegex("IMAGE#([0-9]+)<Img><ImageHere></Img>")]
    private static partial Regex ShownImage();

    [GeneratedRegex("IMAGE#([0-9]+)")]
    private static partial Regex AnyImage();
}
