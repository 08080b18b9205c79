using CsCheck;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class RecipeRoundTripTests
{
    private const string Full =
        """
        name: "no"
        seed: -9
        data:
          sources:
            - { name: llava, samples: 12, concatenate: 3 }
            - { name: llava_otter_blend, follow_up: true }
            - { name: mine, format: conversations, annotations: [a b, "x: y"], images: p }
          max_images: 6
          max_sequence_tokens: 2048
          max_turn_tokens: 512
          validation: { fraction: 0.25, by: image }
          missing_images: drop-image
          sample_world: { samples: 50 }
        tokenizer: ../t/tokenizer.model
        template: { system: "Be brief.\nSay \"yes\" # or no" }
        images: { store: original, size: 32, encoding: webp }
        shards: { target_mb: 7 }
        model:
          vision: { hidden_size: 8, intermediate_size: 16, num_hidden_layers: 1, num_attention_heads: 2, patch_size: 8 }
          language: models/l
          attention: causal
          trainable: all
          dtype: float32
        training:
          epochs: 2
          batch: 12
          micro_batch: 4
          optimizer: adamw
          learning_rate: 2.0e-5
          embedding_learning_rate: 1e-6
          schedule: linear
          warmup: 30
          weight_decay: 0.01
          clip: 0
          gradient_checkpointing: true
          evaluate_every: 40
          checkpoint_every: 80
        """;

    private const string FullWritten =
        """
        name: "no"
        seed: -9
        data:
          sources:
            - {name: llava, annotations: [], images: null, samples: 12, concatenate: 3}
            - {name: llava_otter_blend, annotations: [], images: null, samples: all, concatenate: 1, follow_up: true}
            - {name: mine, format: conversations, annotations: ["a b", "x: y"], images: p, samples: all, concatenate: 1}
          max_images: 6
          max_sequence_tokens: 2048
          max_turn_tokens: 512
          validation:
            fraction: 0.25
            by: image
          missing_images: drop-image
          sample_world:
            samples: 50
            objects: 5
            descriptions: 0.1
            brief: 0.5
            seed: 1
        tokenizer: "../t/tokenizer.model"
        template:
          system: "Be brief.\nSay \"yes\" # or no"
        images:
          store: original
          size: 32
          encoding: webp
          tokens: 17
          order: reading
        shards:
          target_mb: 7
        model:
          vision:
            hidden_size: 8
            intermediate_size: 16
            layer_norm_eps: 1E-05
            num_attention_heads: 2
            num_hidden_layers: 1
            patch_size: 8
          language: models/l
          start: null
          projection: baseline
          attention: causal
          trainable: all
          dtype: float32
        training:
          epochs: 2
          batch: 12
          micro_batch: 4
          optimizer: adamw
          epsilon: 1E-08
          epsilon_place: corrected_root
          learning_rate: 2E-05
          embedding_learning_rate: 1E-06
          vision_learning_rate: null
          vision_frozen: 0
          schedule: linear
          warmup: 30
          weight_decay: 0.01
          clip: 0
          gradient_checkpointing: true
          evaluate_every: 40
          checkpoint_every: 80
          keep_checkpoints: 2

        """;

    [Fact]
    public void Gated_layers_are_written_where_the_attention_has_them_and_learn_by_default()
    {
        string[] crossAttended = ["model.attention=cra-ca", "model.cross_attention.every=1"];
        const string Without = "model: { vision: v, language: l }";
        string recipe = Full[..Full.IndexOf("images: { store", StringComparison.Ordinal)] + Without;
        RecipeText.Parse(recipe, "/r", crossAttended).ToYaml().Should().Contain(
            """
              attention: cra-ca
              cross_attention:
                every: 1
                resampler: none
                images: all
              trainable: [projection, embeddings, cross_attention]
            """);
        RecipeText.Parse(recipe, "/r", [.. crossAttended, "model.cross_attention.resampler=perceiver"]).ToYaml()
            .Should().Contain(
                """
                  cross_attention:
                    every: 1
                    resampler: perceiver
                    latents: 64
                    depth: 6
                    images: all
                """);
        RecipeText.Parse(recipe, "/r", ["model.cross_attention.every=1"]).ToYaml()
            .Should().NotContain("cross_attention");
    }

    [Fact]
    public void A_recipe_is_written_with_every_default_and_its_paths_as_given() =>
        RecipeText.Parse(Full, "/home/me/recipes", [])
            .ToYaml()
            .Should()
            .Be(FullWritten.Replace("name: \"no\"", "name: no", StringComparison.Ordinal));

    [Fact]
    public void What_was_written_reads_back_as_an_equal_recipe()
    {
        Recipe recipe = RecipeText.Parse(Full, "/home/me/recipes", []);

        Recipe again = RecipeText.Parse(recipe.ToYaml(), "/home/me/recipes", []);

        again.Should().BeEquivalentTo(recipe, options => options.WithStrictOrdering());
        again.Tokenizer.FullPath.Should().Be("/home/me/t/tokenizer.model");
    }

    [Fact]
    public void Any_text_survives_being_written() =>
        Gen.String[Gen.Char, 0, 40].Where(text => !HasLoneSurrogate(text)).Sample(text =>
        {
            Recipe recipe = RecipeText.Parse(Full, "/r", []) with { Template = new TemplateSettings { System = text } };
            return RecipeText.Parse(recipe.ToYaml(), "/r", []).Template.System == text;
        }, iter: 1_000);

    [Fact]
    public void Any_damage_gives_a_recipe_that_can_be_written_or_an_input_error() =>
        Gen.Select(Damage.Array[1, 6], OneOf(Full, FullWritten)).Sample((damages, yaml) =>
        {
            string damaged = damages.Aggregate(yaml, (text, damage) => damage(text));
            try
            {
                string written = RecipeText.Parse(damaged, "/r", []).ToYaml();
                return RecipeText.Parse(written, "/r", []).ToYaml() == written;
            }
            catch (InputException exception)
            {
                return exception.Problems.Count > 0;
            }
        }, iter: 4_000);

    [Fact]
    public void Any_override_gives_a_recipe_or_an_input_error() =>
        Gen.Select(
            OneOf(
                "seed",
                "data",
                "data.sources",
                "data.sources.0",
                "data.sources.llava.samples",
                "model.vision",
                "images.size",
                "images.tokens",
                "a..b",
                "training.batch",
                "training.learning_rate",
                "training.warmup",
                "name",
                "template.system",
                "x.y.z"),
            Value)
            .Sample((key, value) =>
            {
                try
                {
                    return RecipeText.Parse(Full, "/r", [$"{key}={value}"]).Name != null;
                }
                catch (InputException exception)
                {
                    return exception.Problems.Count > 0;
                }
            }, iter: 2_000);

    private static Gen<string> OneOf(params string[] values) =>
        Gen.Int[0, values.Length - 1].Select(index => values[index]);

    private static Gen<string> Value => Gen.OneOf(
        OneOf(
            "0",
            "1",
            "-1",
            "1e400",
            "1e300",
            "-1e300",
            "1e-320",
            "9223372036854775808",
            "0x10",
            "0o17",
            "all",
            "[]",
            "{}",
            "[a, {b: c}]",
            "{name: llava}",
            "null",
            "'5'",
            "|",
            "? a",
            "*a",
            "!t x",
            "&a b",
            "%",
            "@",
            "\"\\ud800\"",
            "---",
            "..."),
        Gen.String[Gen.Char[' ', '~'], 0, 12]);

    private static Gen<Func<string, string>> Damage => Gen.OneOf(
        Gen.Select(Gen.Double[0, 1], Gen.Char)
            .Select(
                (at, letter) => new Func<string,
                string>(
                    text => text.Length == 0
                        ? text
                        : text.Remove((int)(at * (text.Length - 1)), 1)
                            .Insert((int)(at * (text.Length - 1)), letter.ToString()))),
        Gen.Select(Gen.Double[0, 1], Gen.Int[1, 30])
            .Select(
                (at, length) => new Func<string,
                string>(
                    text => text.Remove(
                        (int)(at * text.Length), Math.Min(length, text.Length - (int)(at * text.Length))))),
        Gen.Select(Gen.Double[0, 1], Value)
            .Select((at, value) => new Func<string, string>(text => text.Insert((int)(at * text.Length), value))),
        Gen.Double[0, 1].Select(at => new Func<string, string>(text => text[..(int)(at * text.Length)])),
        Gen.Select(Gen.Double[0, 1], Gen.Double[0, 1], Value).Select((at, _, value) => new Func<string, string>(text =>
        {
            string[] lines = text.Split('\n');
            int line = (int)(at * (lines.Length - 1));
            int colon = lines[line].IndexOf(':', StringComparison.Ordinal);
            if (colon >= 0)
                lines[line] = $"{lines[line][..colon]}: {value}";
            return string.Join('\n', lines);
        })));

    private static bool HasLoneSurrogate(string text)
    {
        for (int i = 0; i < text.Length; i++)
        {
            if (char.IsSurrogate(text[i]) && !char.IsSurrogatePair(text, i++))
                return true;
        }

        return false;
    }
}
