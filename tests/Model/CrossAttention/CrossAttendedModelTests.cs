using CsCheck;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Tests.Language;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.CrossAttention;

/// <summary>The whole model under <see cref="AttentionMode.CraCa"/>.</summary>
public sealed class CrossAttendedModelTests
{
    /// <summary>Sums of some hundred products, in another order.</summary>
    private const double DoubleTolerance = 1e-10, FloatTolerance = 1e-4;

    private static readonly string[] Samples = ["abicDE", "aBC", "iabiiCDEFG", "iiA", "abiC", "ABC"];

    public static TheoryData<int, bool, bool> Settings
    {
        get
        {
            var data = new TheoryData<int, bool, bool>();
            for (int config = 0; config < CrossAttentionFixture.Configs.Length; config++)
            {
                data.Add(config, false, false);
                data.Add(config, false, true);
                data.Add(config, true, false);
                data.Add(config, true, true);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Settings))]
    public void Losses_and_all_gradients_are_those_of_the_formula(int config, bool isPadded, bool isCheckpointed)
    {
        Agrees(config, isPadded, isCheckpointed, ScalarType.Float64, DoubleTolerance, Samples);
        Agrees(config, isPadded, isCheckpointed, ScalarType.Float32, FloatTolerance, Samples);
        Agrees(config, isPadded, isCheckpointed, ScalarType.Float64, DoubleTolerance, "abC", "aB");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void So_they_are_over_any_interleaving(bool isPadded)
    {
        Gen<string> sample = Gen.Char["abcdiBD"].Array[1, 9].Select(letters => new string(letters) + "E");
        sample.Array[1, 4].Select(Gen.Int[0, 3], Gen.Bool).Sample(
            (samples, config, isCheckpointed) =>
                Agrees(config, isPadded, isCheckpointed, ScalarType.Float64, DoubleTolerance, samples),
            iter: 25,
            threads: 1);
    }

    [Fact]
    public void At_the_start_the_model_is_the_plain_decoder_and_its_gates_learn_first()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = ChatModel.Create(CrossAttentionFixture.Description());
        const string Letters = "abicdiE";
        Tensor logits = model.Logits(
            [ModelFixture.Sample(Letters).InputIds], ModelFixture.Images(2), [.. Enumerable.Range(0, 7)]);
        var plain = new DenseDecoder(
            name => model.Parameters[name], model.Description.Language, AttentionMode.Causal);
        Tensor expected = plain.Logits(Embedded(model, Letters), "ttttttt");
        GoldenFlamingo.RelativeDifference(logits, expected).Should().BeLessThan(DoubleTolerance);

        using BatchLoss loss = model.Loss(ModelFixture.Batch(5, Letters));
        loss.Backward();
        foreach (TrainedParameter trained in model.Parameters.Trained.Where(item => item.Name.StartsWith("gated")))
        {
            double largest = trained.Value.grad!.abs().max().item<double>();
            if (CrossAttentionFixture.IsGate(trained.Name))
                largest.Should().BeGreaterThan(0, trained.Name);
            else
                largest.Should().Be(0, trained.Name);
        }
    }

    [Fact]
    public void An_image_changes_what_comes_from_its_position_on_and_nothing_before()
    {
        using DisposeScope scope = NewDisposeScope();
        using ChatModel model = CrossAttentionFixture.Open(CrossAttentionFixture.Description());
        ReadOnlyMemory<int>[] ids = [ModelFixture.Sample("abicdief").InputIds];
        int[] all = [.. Enumerable.Range(0, 8)];
        ReadOnlyMemory<byte>[] images = ModelFixture.Images(3);
        Tensor one = model.Logits(ids, images[..2], all);
        Tensor other = model.Logits(ids, [images[0], images[2]], all);

        double[] changes =
            [.. all.Select(row => one[row].Plus(other[row].neg()).abs().max().item<double>())];
        changes[..5].Should().OnlyContain(change => change == 0);
        changes[5..].Should().OnlyContain(change => change > 1e-3);
    }

    [Fact]
    public void What_is_trained_by_default_is_the_projection_the_embeddings_and_the_gated_layers()
    {
        using ChatModel projected = ChatModel.Create(CrossAttentionFixture.Description());
        projected.Parameters.Trained.Select(item => item.Name.Split('.')[0]).Distinct()
            .Should().Equal("projection", "gated_cross_attn_layers", "lang_embed");
        using ChatModel resampled =
            ChatModel.Create(CrossAttentionFixture.Description(CrossAttentionFixture.Configs[2]));
        resampled.Parameters.Trained.Select(item => item.Name.Split('.')[0]).Distinct()
            .Should().Equal("perceiver", "gated_cross_attn_layers", "lang_embed");
    }

    [Theory]
    [InlineData(4096, 1024, 139_476_994)]
    [InlineData(4096, 4096, 142_622_722)]
    public void A_gated_layer_has_as_many_parameters_as_the_papers(long width, long mediaWidth, long expected) =>
        Count(GatedLayers.Specs([3], width, mediaWidth)).Should().Be(expected);

    [Fact]
    public void Flamingos_resampler_has_63_million_parameters() =>
        Count(LatentResampler.Specs(new CrossAttentionConfig(), 1024)).Should().Be(63_019_008);

    [Fact]
    public void A_model_of_the_papers_sizes_has_a_gated_layer_before_every_fourth()
    {
        ModelDescription description = CrossAttentionFixture.Description(new CrossAttentionConfig
        {
            Resampler = MediaResampler.Perceiver,
        }) with
        {
            Language = new(),
            Vision = new ClipVisionConfig { HiddenSize = 1024, Heads = 16 },
        };
        ParameterSpec[] gated =
        [
            .. description.ParameterRequest().Sources.SelectMany(source => source.Specs)
                .Where(spec => spec.Part == ModelPart.CrossAttention),
        ];
        gated.Select(spec => spec.Name.Split('.')[1]).Distinct()
            .Should().Equal("3", "7", "11", "15", "19", "23", "27", "31");
        Count(gated).Should().Be(8 * 139_476_994L);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sixteen_bits_are_computed_in_and_the_masters_stay_float32(bool isPadded)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description = CrossAttentionFixture.Description(CrossAttentionFixture.Configs[2]);
        using ChatModel wide = CrossAttentionFixture.Open(description with { ComputeType = ScalarType.Float32 });
        using ChatModel narrow = CrossAttentionFixture.Open(description with
        {
            ComputeType = ScalarType.BFloat16,
            PadsAttention = isPadded,
            CopiesFrozen = isPadded,
        });
        using BatchLoss expected = wide.Loss(ModelFixture.Batch(5, "abicDE"));
        using BatchLoss actual = narrow.Loss(ModelFixture.Batch(5, "abicDE"));
        actual.Backward();
        narrow.Parameters.Trained.Should().OnlyContain(item =>
            item.Value.dtype == ScalarType.Float32 && item.Value.grad!.dtype == ScalarType.Float32);
        // Eight bits of mantissa.
        actual.Sum.item<float>().Should().BeApproximately(expected.Sum.item<float>(), 0.05f);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Live_tensors_stay_flat_from_step_to_step(bool isPadded)
    {
        using ChatModel model = CrossAttentionFixture.Open(
            CrossAttentionFixture.Description() with { PadsAttention = isPadded, CopiesFrozen = isPadded });
        long Step(bool activationCheckpointing)
        {
            using DisposeScope scope = NewDisposeScope();
            using BatchLoss loss = model.Loss(ModelFixture.Batch(5, "abicDE", "aB"), activationCheckpointing);
            loss.Backward();
            loss.Dispose();
            return scope.DisposablesCount;
        }

        _ = (Step(false), Step(true));
        ReturnedGradient.Release();
        long before = DisposeScopeManager.Statistics.ThreadTotalLiveCount;
        Step(false).Should().BeLessThan(4);
        Step(true).Should().BeLessThan(4);
        ReturnedGradient.Release();
        (DisposeScopeManager.Statistics.ThreadTotalLiveCount - before).Should().BeLessThanOrEqualTo(0);
    }

    private static long Count(IEnumerable<ParameterSpec> specs) =>
        specs.Sum(spec => spec.Shape.Aggregate(1L, (product, size) => product * size));

    private static void Agrees(
        int config,
        bool isPadded,
        bool isCheckpointed,
        ScalarType type,
        double tolerance,
        params string[] samples)
    {
        using DisposeScope scope = NewDisposeScope();
        ModelDescription description =
            CrossAttentionFixture.Description(CrossAttentionFixture.Configs[config]) with { Trainable = ModelPart.All };
        using ChatModel exact = CrossAttentionFixture.Open(description);
        using ChatModel packed = CrossAttentionFixture.Open(
            description with { ComputeType = type, PadsAttention = isPadded });
        MicroBatch batch = ModelFixture.Batch(5, samples);
        Tensor expected = DenseLoss(exact, samples, batch);
        expected.backward();
        using BatchLoss loss = packed.Loss(batch, isCheckpointed);
        loss.Backward();

        string what = $"{string.Join('|', samples)} under {description.CrossAttention}";
        double sum = expected.item<double>();
        loss.Sum.to(ScalarType.Float64).item<double>().Should().BeApproximately(sum, tolerance * sum, what);
        foreach ((TrainedParameter one, TrainedParameter other) in
            packed.Parameters.Trained.Zip(exact.Parameters.Trained))
        {
            Tensor gradient = Grad(other.Value), actual = Grad(one.Value).to(ScalarType.Float64);
            double largest = Math.Max(1e-3, gradient.abs().max().item<double>());
            double difference = actual.Plus(gradient.neg()).abs().max().item<double>();
            (difference / largest).Should().BeLessThan(tolerance, $"{one.Name} of {what}");
        }

        static Tensor Grad(Tensor x) => x.grad ?? zeros_like(x);
    }

    // Tower and projection, or resampler, are the model's own: other tests have their formulas.
    private static Tensor DenseLoss(ChatModel model, string[] samples, MicroBatch batch)
    {
        ModelDescription description = model.Description;
        var gated = new DenseGatedLayers(name => model.Parameters[name], description.CrossAttention.Images);
        Tensor loss = zeros([], dtype: ScalarType.Float64);
        int shown = 0;
        foreach (string sample in samples)
        {
            int images = sample.Count(letter => letter == 'i');
            Tensor media = images == 0
                ? zeros([0, 0, 0])
                : model.VisualTokens([.. batch.Images.Skip(shown).Take(images)])!
                    .view(images, description.VisualTokens, -1);
            shown += images;
            var decoder = new DenseDecoder(
                name => model.Parameters[name],
                description.Language,
                AttentionMode.Causal,
                (layer, x) => gated.Apply(
                    layer, x, media, sample, index => (index + 1) % description.CrossAttention.Every == 0));
            Tensor logits = decoder.Logits(Embedded(model, sample), new string('t', sample.Length));
            Tensor logs = nn.functional.log_softmax(logits, -1);
            ModelSample ids = ModelFixture.Sample(sample);
            foreach (int labelled in ids.LabelledIndexes)
                loss = loss.Plus(logs[labelled - 1, ids.Labels.Span[labelled]].neg());
        }

        return loss;
    }

    private static Tensor Embedded(ChatModel model, string letters)
    {
        long[] ids = [.. ModelFixture.Sample(letters).InputIds.ToArray().Select(id => (long)id)];
        return model.Parameters["lang_embed.weight"].index_select(0, tensor(ids, [ids.Length]));
    }
}
