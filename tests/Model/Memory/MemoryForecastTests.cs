using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Checkpoints;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Memory;
using VisualChat.Model.Parameters;
using VisualChat.Model.Projection;
using VisualChat.Model.Quantisation;
using VisualChat.Model.Training;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Memory;

/// <summary>Memory is measured: no other test allocates at the time.</summary>
[CollectionDefinition(nameof(MemoryForecastTests), DisableParallelization = true)]
public sealed class AloneInMemory;

/// <summary>
/// What a training was foretold to take, against what a CPU's allocator had handed out at its peak.
/// </summary>
[Collection(nameof(MemoryForecastTests))]
public sealed class MemoryForecastTests
{
    private const int ImageToken = 3001, TextTokens = 90, Images = 3, Samples = 4;

    // A peak between two looks at the allocator is missed.
    private const double Tolerance = 0.10;

    // Wider than what is computed by replicas, whose number is the machine's.
    private static readonly ModelDescription Small = new()
    {
        Vision = new ClipVisionConfig
        {
            HiddenSize = 128,
            IntermediateSize = 256,
            Layers = 2,
            Heads = 2,
            ImageSize = 56,
            PatchSize = 8,
        },
        Language = new LlamaConfig
        {
            HiddenSize = 576,
            IntermediateSize = 1536,
            Layers = 5,
            Heads = 9,
            VocabularySize = 3000,
            MaxPositions = 4096,
        },
        VocabularySize = 3003,
        AddedTokens = 3,
        ImageToken = ImageToken,
        ComputeType = ScalarType.Float32,
    };

    [Theory]
    [InlineData(AttentionMode.Mmca, false)]
    [InlineData(AttentionMode.Mmca, true)]
    [InlineData(AttentionMode.Causal, false)]
    [InlineData(AttentionMode.MmcaDeepSpeed, false)]
    [InlineData(AttentionMode.CraCaMask, false)]
    [InlineData(AttentionMode.CraCaMask, true)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, false)]
    public void A_training_takes_what_was_foretold(AttentionMode attention, bool isCheckpointed) =>
        Check(Small with { Attention = attention }, isCheckpointed);

    [Theory]
    [InlineData(MediaResampler.None, false)]
    [InlineData(MediaResampler.None, true)]
    [InlineData(MediaResampler.Perceiver, false)]
    public void So_does_one_with_gated_layers(MediaResampler resampler, bool isCheckpointed) => Check(
        Small with
        {
            Attention = AttentionMode.CraCa,
            CrossAttention = new CrossAttentionConfig { Every = 2, Resampler = resampler, Depth = 2 },
            Trainable = Small.Trainable | ModelPart.CrossAttention,
        },
        isCheckpointed);

    [Fact]
    public void So_does_one_of_every_part() =>
        Check(Small with { Trainable = ModelPart.All }, isCheckpointed: false);

    [Fact]
    public void So_does_one_of_a_tower_that_learns_hidden_parts_of_images() =>
        Check(Small with { Trainable = ModelPart.Vision, HiddenBlock = 8 }, isCheckpointed: false);

    [Fact]
    public void So_does_one_with_grouped_queries() =>
        Check(Small with { Language = Small.Language with { KeyValueHeads = 3 } }, isCheckpointed: false);

    [Theory]
    [InlineData(ProjectionKind.Vit)]
    [InlineData(ProjectionKind.Perceiver)]
    public void So_does_one_whose_projection_attends(ProjectionKind projection)
    {
        // A width of whole heads, and as many patches as a real tower has: they are most of it.
        ModelDescription description = Small with
        {
            Projection = projection,
            Language = Small.Language with { HiddenSize = 640, Heads = 10, Layers = 2 },
            Vision = (ClipVisionConfig)Small.Vision with { ImageSize = 128 },
        };

        Check(description, isCheckpointed: false);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void So_does_one_whose_files_have_another_type_than_it_computes_in(bool isCheckpointed) =>
        Check(InFiles(Small, ScalarType.BFloat16), isCheckpointed);

    [Theory]
    [InlineData(AttentionMode.Mmca)]
    [InlineData(AttentionMode.Causal)]
    [InlineData(AttentionMode.CraCaMask)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes)]
    public void Answering_takes_what_was_foretold(AttentionMode attention) =>
        CheckGeneration(Small with { Attention = attention });

    [Fact]
    public void So_does_answering_with_files_of_another_type() =>
        CheckGeneration(InFiles(Small, ScalarType.BFloat16));

    [Theory]
    [InlineData(FrozenFormat.Nf4)]
    [InlineData(FrozenFormat.Int8)]
    public void So_does_one_whose_frozen_weights_are_kept_in_few_bits(FrozenFormat format) =>
        Check(Small with { Frozen = format }, isCheckpointed: false);

    [Fact]
    public void Seventy_billion_parameters_in_four_bits_fit_a_GPU_of_80_GB()
    {
        // recipes/paper-70b.yaml with model.frozen=nf4: one sample of the longest length.
        ModelDescription description = Paper with
        {
            Vision = new QwenVisionConfig(),
            Language = new LlamaConfig
            {
                HiddenSize = 8192,
                IntermediateSize = 28672,
                Layers = 80,
                Heads = 64,
                KeyValueHeads = 8,
            },
            Frozen = FrozenFormat.Nf4,
        };
        var batch = new BatchShape(TextRows: 2048, ImageRows: 2048, Images: 8, LabelTokens: 1024);
        MemoryNeed need = MemoryForecast.Of(description).OfTraining(OptimizerKind.AdamW, batch, isCheckpointed: true);
        MemoryNeed dense = MemoryForecast.Of(description with { Frozen = null })
            .OfTraining(OptimizerKind.AdamW, batch, isCheckpointed: true);

        Parts(need).Should().Be("36.9 4.7 5.6 2.9");
        (dense.Frozen / 1e9).Should().BeApproximately(141.2, 0.1);
        need.Total.Should().BeLessThan(60_000_000_000);
    }

    [Fact]
    public void Positions_of_a_resampler_that_nothing_trains_have_neither_gradient_nor_moments()
    {
        ModelDescription description = Small with
        {
            Projection = ProjectionKind.Perceiver,
            Language = Small.Language with { HiddenSize = 640, Heads = 10 },
            Trainable = ModelPart.Projection,
        };
        PartNeed projection = MemoryForecast.Of(description).Parts.Single(part => part.Name == "projection");

        // 256 of them, as wide as the decoder.
        (projection.Parameters - projection.Trained).Should().Be(256 * 640);
        MemoryForecast.Of(description).OfTrained(OptimizerKind.AdamW)
            .Should().Be(new TrainedNeed(4 * projection.Trained, 4 * projection.Trained, 8 * projection.Trained));
    }

    [Fact]
    public void Seven_billion_parameters_take_what_the_papers_sizes_come_to()
    {
        // 6 samples of 4 images and 272 ids, 100 labels each.
        var batch = new BatchShape(TextRows: 1632, ImageRows: 6168, Images: 24, LabelTokens: 600);
        MemoryNeed kept = MemoryForecast.Of(Paper).OfTraining(OptimizerKind.AdamW, batch, isCheckpointed: false);
        MemoryNeed recomputed = MemoryForecast.Of(Paper).OfTraining(OptimizerKind.AdamW, batch, isCheckpointed: true);

        $"{Parts(kept)}; {Parts(recomputed)}".Should().Be("13.8 2.2 25.6 0.3; 13.8 2.2 2.2 1.3");
    }

    // LLaMA-2 7B and CLIP ViT-L/14.
    private static readonly ModelDescription Paper = RandomTowers.Paper with { Device = "cuda" };

    private static string Parts(MemoryNeed need) => string.Join(
        ' ',
        new[] { need.Frozen, need.Trained, need.Kept, need.Temporary }.Select(bytes => (bytes / 1e9).ToString("F1")));

    // The towers' weights in files of a type.
    private static ModelDescription InFiles(ModelDescription description, ScalarType type)
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(description);
        ModelDescription found = description with
        {
            VisionFolder = TestData.NewFolder(),
            LanguageFolder = TestData.NewFolder(),
        };
        Write(found.VisionFolder, ClipParameters.All((ClipVisionConfig)found.Vision));
        Write(found.LanguageFolder, LlamaParameters.All(found.Language, found.Language.VocabularySize));
        return found;

        void Write(string folder, IEnumerable<ParameterSpec> specs) => ModelExport.WriteTensors(
            folder,
            [
                .. specs.Select(spec => (
                    spec.NameInFolder, model.Parameters[spec.Name].narrow(0, 0, spec.Shape[0]).detach().to(type))),
            ],
            type,
            ModelExport.DefaultFileBytes);
    }

    // A long prompt with images in one pass, then a few tokens.
    private static void CheckGeneration(ModelDescription description)
    {
        const int PromptTokens = 400, PromptImages = 6;
        int[] ids = [1, .. Enumerable.Repeat(ImageToken, PromptImages), .. Enumerable.Repeat(7, PromptTokens - 1)];
        int bytes = description.Vision.ImageSize * description.Vision.ImageSize * 3;
        ReadOnlyMemory<byte>[] images =
            [.. Enumerable.Range(0, PromptImages).Select(_ => (ReadOnlyMemory<byte>)new byte[bytes])];
        long imageRows = (long)PromptImages * description.VisualTokens;
        var prompt = new BatchShape(PromptTokens, imageRows, PromptImages, LabelTokens: 1);
        MemoryNeed need = MemoryForecast.Of(description).OfGeneration(prompt, prompt.Positions);

        using var allocations = new AllocationPeak();
        using var model = ChatModel.Create(description);
        allocations.Forget();
        using (var warm = new ModelSession(model))
            warm.Append(ids, images);
        using var session = new ModelSession(model);
        session.Append(ids, images);
        for (int token = 0; token < 5; token++)
            session.Append([7]);
        ((double)allocations.Peak / need.Total).Should().BeApproximately(
            1, Tolerance, $"{need} is {need.Total:N0}, and {allocations.Peak:N0} was the peak");
    }

    private static void Check(ModelDescription description, bool isCheckpointed)
    {
        int[] ids = [1, .. Enumerable.Repeat(ImageToken, Images), .. Enumerable.Range(3, TextTokens - 1)];
        int[] labels = [.. ids.Select((id, place) => place > TextTokens / 2 ? id : ModelSample.IgnoredLabel)];
        var sample = new ModelSample(ids, labels);
        int bytes = description.Vision.ImageSize * description.Vision.ImageSize * 3;
        ReadOnlyMemory<byte>[] images =
            [.. Enumerable.Range(0, Samples * Images).Select(_ => (ReadOnlyMemory<byte>)new byte[bytes])];
        ReadOnlyMemory<int> hidden = Enumerable.Range(0, description.BlocksOfImage / 2).ToArray();
        var batch = new MicroBatch([.. Enumerable.Repeat(sample, Samples)], images)
        {
            Hidden = description.HiddenBlock is null ? null : [.. images.Select(_ => hidden)],
        };
        var shape = new BatchShape(
            Samples * TextTokens,
            (long)Samples * Images * description.VisualTokens,
            Samples * Images,
            Samples * sample.LabelTokens);
        MemoryNeed need = MemoryForecast.Of(description).OfTraining(OptimizerKind.AdamW, shape, isCheckpointed);

        using var allocations = new AllocationPeak();
        using var model = ChatModel.Create(description);
        using var trainer = new Trainer(model, new TrainerSettings
        {
            LearningRate = 1e-3,
            Schedule = ScheduleKind.Constant,
            Updates = 2,
            ActivationCheckpointing = isCheckpointed,
        });
        allocations.Forget();

        // Two micro-batches: the gradients of the first are there when the second is computed.
        trainer.Update([batch, batch]);
        ((double)allocations.Peak / need.Total).Should().BeApproximately(
            1, Tolerance, $"{need} is {need.Total:N0}, and {allocations.Peak:N0} was the peak");
    }
}
