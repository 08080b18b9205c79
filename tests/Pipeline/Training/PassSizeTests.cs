using VisualChat.Model;
using VisualChat.Model.Memory;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Tests.Training;

/// <summary>How many positions pass at once, and whether activations are recomputed.</summary>
public sealed class PassSizeTests
{
    private const long Gigabyte = 1_000_000_000;
    private const int Longest = 2500;

    // 4 images and 272 ids a sample.
    private static readonly BatchMix Mix = new(Text: 272, All: 1300, Samples: 1, ImageTokens: 257);

    // LLaMA-2 7B and CLIP ViT-L/14.
    private static readonly ModelDescription Paper = RandomTowers.Paper with { Device = "cuda" };

    private static readonly TrainingSettings Auto = new();

    [Theory]
    [InlineData(141, 16384, false)]
    [InlineData(80, 12288, false)]
    [InlineData(48, 6144, false)]
    [InlineData(24, 12288, true)]
    public void A_GPU_takes_what_fits_and_recomputes_only_where_little_would(int free, int positions, bool recomputes)
    {
        PassSize size = Of(Auto, Paper, free);

        size.Cut.Should().Be(new EvenCut(positions));
        size.IsCheckpointed.Should().Be(recomputes);
        size.Chosen.Should().Be(new ChosenPass(positions, recomputes));
    }

    [Fact]
    public void What_the_recipe_says_is_done_and_the_rest_is_chosen()
    {
        TrainingSettings positions = Auto with { MicroBatchPositions = AutoOrCount.Of(12288) };
        Of(positions, Paper, free: 80).Should().Match<PassSize>(size => !size.IsCheckpointed);
        Of(positions, Paper, free: 40).Should().Match<PassSize>(size => size.IsCheckpointed);
        Of(positions, Paper, free: 40).Chosen.Should().Be(new ChosenPass(null, true));
        Of(positions, Paper, free: 40).Cut.Should().Be(new EvenCut(12288));

        TrainingSettings recomputed = Auto with { GradientCheckpointing = AutoOrTruth.Of(true) };
        Of(recomputed, Paper, free: 80).Chosen.Should().Be(new ChosenPass(16384, null));

        TrainingSettings samples = Auto with { MicroBatch = 6, GradientCheckpointing = AutoOrTruth.Of(false) };
        Of(samples, Paper, free: 80).Cut.Should().Be(new SampleCut(6));
        Of(samples, Paper, free: 80).Chosen.Should().BeNull();
    }

    [Fact]
    public void A_pass_is_foretold_no_larger_than_an_update_can_be()
    {
        TrainingSettings settings = Auto with { Batch = 4, MicroBatchPositions = AutoOrCount.Of(1_000_000) };
        Of(settings, Paper, free: 80).Memory
            .Should().Contain("of up to 7,800 positions; activations are kept", "4 samples of 1,300 and half more");
    }

    [Fact]
    public void A_training_that_continues_keeps_what_was_chosen_as_long_as_it_fits()
    {
        var earlier = new ChosenPass(4096, false);

        Of(Auto, Paper, free: 141, earlier).Chosen.Should().Be(earlier);
        Of(Auto, Paper, free: 24, earlier).Chosen.Should().Be(new ChosenPass(12288, true));
    }

    [Fact]
    public void A_CPU_takes_passes_of_a_thousand_positions_whatever_is_free()
    {
        ModelDescription mapped = Paper with { Device = "cpu", VisionFolder = "clip", LanguageFolder = "llama" };
        foreach (int free in new[] { 24, 4000 })
        {
            PassSize size = Of(Auto, mapped, free);
            size.Chosen.Should().Be(new ChosenPass(1024, false));
            size.EvaluationCut.Should().Be(new OrderedCut(2048));
        }
    }

    [Fact]
    public void Evaluation_takes_more_and_no_more_than_four_times_what_the_recipe_says()
    {
        Of(Auto, Paper, free: 24).EvaluationCut.Should().Be(new OrderedCut(16384));
        Of(Auto with { MicroBatchPositions = AutoOrCount.Of(500) }, Paper, free: 80)
            .EvaluationCut.Should().Be(new OrderedCut(2000));
    }

    [Fact]
    public void What_is_needed_and_what_is_free_is_said() =>
        Of(Auto, Paper, free: 80).Memory.Should().Be(
            "Memory on cuda: about 60.9 GB of 80 GB free (13.8 weights, 2.16 what is trained, 44.9 a pass of up to "
            + "12,288 positions; activations are kept).");

    [Fact]
    public void What_cannot_fit_is_refused_with_numbers_and_what_to_change()
    {
        FluentActions.Invoking(() => Of(Auto, Paper, free: 16)).Should().Throw<InputException>().WithMessage(
            "The training does not fit into cuda's memory: the smallest step, of the longest sample's 2,500 positions, "
            + "takes about * GB (13.8 weights, 2.16 what is trained, * a pass), and 16 GB are there. "
            + "Train fewer parts, in 16 bits (model.dtype), on shorter samples (data.max_sequence_tokens), "
            + "or on another device.");
        Of(Auto, Paper, free: null).Chosen.Should().Be(new ChosenPass(8192, false), "nothing is known to refuse it by");
    }

    [Theory]
    [InlineData(null, null, null, "Set training.micro_batch_positions lower than 4096, or {0}.")]
    [InlineData(null, 900, true, "Set training.micro_batch_positions lower than 900.")]
    [InlineData(4, null, false, "Set training.micro_batch lower than 4, or {0}.")]
    [InlineData(1, null, true, "Free memory, or blend shorter samples (data.max_sequence_tokens).")]
    public void Where_memory_ran_out_it_is_said_what_takes_less(int? samples, int? positions, bool? how, string advice)
    {
        var settings = new TrainingSettings
        {
            MicroBatch = samples,
            MicroBatchPositions = new AutoOrCount(positions),
            GradientCheckpointing = new AutoOrTruth(how),
        };

        PassSize.LessMemory(settings, new ChosenPass(4096, false))
            .Should().Be(string.Format(advice, "training.gradient_checkpointing to true"));
    }

    private static PassSize Of(
        TrainingSettings settings, ModelDescription description, int? free, ChosenPass? earlier = null) => PassSize.Of(
            settings,
            description,
            Mix,
            Longest,
            free is { } gigabytes ? new FreeMemory(gigabytes * Gigabyte, gigabytes * Gigabyte) : null,
            earlier);
}
