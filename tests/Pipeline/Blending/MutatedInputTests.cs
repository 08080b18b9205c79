using System.Text;
using CsCheck;
using SkiaSharp;
using VisualChat.Pipeline.Blending;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Shards;

namespace VisualChat.Pipeline.Tests.Blending;

/// <summary>
/// Whole blends of valid inputs that were damaged at random: each ends with shards and an account
/// that adds up, or with one of the program's own errors. Nothing else is ever thrown, and nothing
/// goes missing.
/// </summary>
[Trait("Category", "Slow")]
public sealed class MutatedInputTests : IDisposable
{
    private const int Mutations = 1_500;

    private readonly string _root = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly Dictionary<string, byte[]> _inputs = [];

    public MutatedInputTests()
    {
        byte[][] pictures =
        [
            Picture(SKEncodedImageFormat.Jpeg),
            Picture(SKEncodedImageFormat.Png),
            Picture(SKEncodedImageFormat.Webp),
        ];
        for (int picture = 0; picture < pictures.Length; picture++)
            Add($"images/{picture}.jpg", pictures[picture]);
        Add("llava.json", """
            [{"id":"1","image":"0.jpg","conversations":[
            {"from":"human","value":"<image>\nWhat?"},{"from":"gpt","value":"A dot."},
            {"from":"human","value":"Red?"},{"from":"gpt","value":"Yes."}]},
            {"id":"2","image":"1.jpg","conversations":[
            {"from":"human","value":"Where?\n<image>"},{"from":"gpt","value":"L\u00e0, 猫."}]}]
            """u8);
        Add("mimic.json", """
            {"meta":{},"data":{
            "A":{"instruction":"What changed?","answer":"The dot.","image_ids":["X","Y"],"rel_ins_ids":["B"]},
            "B":{"instruction":"How?","answer":"It moved.","image_ids":["X","Y"],"rel_ins_ids":["A"]},
            "C":{"instruction":"What?","answer":"A dot.","image_ids":["Y"],"rel_ins_ids":[]}}}
            """u8);
        string first = Convert.ToBase64String(pictures[0]);
        string second = Convert.ToBase64String(pictures[1]);
        Add("pictures.json", Encoding.UTF8.GetBytes($$"""{"X":"{{first}}","Y":"{{second}}"}"""));
        Add("sparkles.json", """
            [{"dialogue":[
            {"role":"user","content":"<Img><ImageHere></Img> Compare IMAGE#0 with <Img><ImageHere></Img> IMAGE#1.",
            "images":[{"image_id":0},{"image_id":1}]},
            {"role":"assistant","content":"IMAGE#0 is redder."},
            {"role":"user","content":"And <Img><ImageHere></Img> IMAGE#2?","images":[{"image_id":2}]},
            {"role":"assistant","content":"IMAGE#2 too."}]}]
            """u8);
        const string Asked =
            """{"role":"user","content":"<image> What?"},{"role":"assistant","content":"A dot."}""";
        const string Greeted =
            """{"role":"user","content":"Hello"},{"role":"assistant","content":"Hello."}""";
        Add("lines.jsonl", Encoding.UTF8.GetBytes(
            $$"""
            {"id":"a","messages":[{{Asked}}],"images":["2.jpg"]}
            {"id":"b","messages":[{"role":"system","content":"Be kind."},{{Greeted}}]}
            """));
    }

    [Fact]
    public async Task The_valid_inputs_are_all_used()
    {
        Manifest manifest = await BlendAsync("valid");

        manifest.Sources.Select(source => (source.Name, source.Records.Read, source.Records.Drawn)).Should().Equal(
            ("llava_like", 2, 2), ("mimic_like", 3, 3), ("sparkles_like", 1, 1), ("lines", 2, 2));
    }

    [Fact]
    public async Task Damaged_inputs_end_in_an_account_that_adds_up_or_in_one_of_the_programs_errors()
    {
        string[] names = [.. _inputs.Keys];
        int blended = 0;
        int refused = 0;
        await Gen.Select(Gen.Int[0, names.Length - 1], Gen.Int[0, int.MaxValue]).SampleAsync(
            async (file, seed) =>
            {
                string name = names[file];
                await File.WriteAllBytesAsync(Path.Combine(_root, name), Damaged(_inputs[name], new Random(seed)));
                try
                {
                    await CheckAsync(await BlendAsync("out"), Path.Combine(_root, "out"));
                    blended++;
                }
                catch (Exception exception) when (exception is WorkException or InputException)
                {
                    refused++;
                }
                finally
                {
                    await File.WriteAllBytesAsync(Path.Combine(_root, name), _inputs[name]);
                }
            },
            iter: Mutations,
            threads: 1);

        blended.Should().BeGreaterThan(Mutations / 4, "most damage is inside one record or one image");
        refused.Should().BeGreaterThan(0, "some damage leaves no JSON");
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    /// <summary>
    /// The account says that as many records were drawn as the rows really come from.
    /// </summary>
    private static async Task CheckAsync(Manifest manifest, string output)
    {
        var used = new HashSet<(string, string)>();
        ShardSet shards = ShardSet.Open(output);
        foreach (string split in shards.Splits)
        {
            await foreach (SampleRow row in shards.ReadRowsAsync(split, CancellationToken.None))
            {
                used.UnionWith(row.Rounds.Select(turn => (turn.Source, turn.Record)));
                row.ImageCount.Should().Be(row.Rounds.Sum(turn => turn.Images));
                row.InputIds.Count(id => id == 32_001).Should().Be(row.ImageCount);
                row.Labels.Should().HaveSameCount(row.InputIds);
            }
        }

        int rejects = File.ReadLines(Path.Combine(output, "rejects.jsonl")).Count();
        rejects.Should().Be(manifest.Sources.Sum(source => source.Records.Rejected.Values.Sum()));
        foreach (ManifestSource source in manifest.Sources)
        {
            RecordCounts records = source.Records;
            records.Read.Should().Be(records.Drawn + records.Rejected.Values.Sum() + records.NotDrawn);
            records.Drawn.Should().Be(used.Count(record => record.Item1 == source.Name));
            records.NotDrawn.Should().Be(0, "the recipe draws all");
        }
    }

    private static byte[] Damaged(byte[] input, Random random)
    {
        byte[] damaged = [.. input];
        for (int change = random.Next(1, 4); change > 0 && damaged.Length > 0; change--)
        {
            int place = random.Next(damaged.Length);
            switch (random.Next(5))
            {
                case 0:
                    damaged[place] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    damaged[place] = (byte)random.Next(256);
                    break;
                case 2:
                    damaged = damaged[..place];
                    break;
                case 3:
                    damaged = [.. damaged[..place], .. damaged[Math.Min(damaged.Length, place + random.Next(1, 40))..]];
                    break;
                default:
                    Span<byte> repeated = damaged.AsSpan(place, Math.Min(40, damaged.Length - place));
                    damaged = [.. damaged[..place], .. repeated, .. damaged[place..]];
                    break;
            }
        }

        return damaged;
    }

    private async Task<Manifest> BlendAsync(string output)
    {
        Recipe recipe = new()
        {
            Name = "mutated",
            Tokenizer = RecipePath.To(PlannedBlend.TokenizerPath),
            Images = new ImageSettings { Size = 28 },
            Data = new DataSettings
            {
                Validation = new ValidationSettings { Fraction = 0 },
                Sources =
                [
                    Entry("llava_like", SourceFormat.Llava, "llava.json", "images") with { Concatenate = 2 },
                    Entry("mimic_like", SourceFormat.MimicIt, "mimic.json", "pictures.json"),
                    Entry("sparkles_like", SourceFormat.Sparkles, "sparkles.json", "images"),
                    Entry("lines", SourceFormat.Conversations, "lines.jsonl", "images"),
                ],
            },
        };
        BlendRun runner = await PlannedBlend.OfAsync(recipe, _root);
        var folder = new OutputFolder(Path.Combine(_root, output));
        var settings = new BlendSettings { Workers = 2, Fresh = true };
        FinishedBlend? finished = await runner.RunAsync(folder, settings, null, CancellationToken.None);
        return finished!.Manifest;
    }

    private static EntrySettings Entry(string name, SourceFormat format, string annotations, string images) =>
        new() { Name = name, Format = format, Annotations = [annotations], Images = images };

    private void Add(string name, ReadOnlySpan<byte> content)
    {
        _inputs.Add(name, content.ToArray());
        Directory.CreateDirectory(Path.GetDirectoryName(Path.Combine(_root, name))!);
        File.WriteAllBytes(Path.Combine(_root, name), _inputs[name]);
    }

    private static byte[] Picture(SKEncodedImageFormat format)
    {
        using var bitmap = new SKBitmap(40, 30);
        using (var canvas = new SKCanvas(bitmap))
        using (var paint = new SKPaint { Color = SKColors.Crimson })
        {
            canvas.Clear(SKColors.Ivory);
            canvas.DrawRect(10, 5, 15, 15, paint);
        }

        using SKData data = bitmap.Encode(format, 90);
        return data.ToArray();
    }
}
