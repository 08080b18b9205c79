using VisualChat.Model.Attention;

namespace VisualChat.Model.Tests.Kernels;

/// <summary>
/// A layer starts few kernels on a GPU, whatever the batch. <c>kernels</c> of the benchmarks prints
/// which.
/// </summary>
public sealed class KernelCountTests
{
    [Theory]
    [InlineData(AttentionMode.Mmca, 24, 36)]
    [InlineData(AttentionMode.Causal, 16, 21)]
    [InlineData(AttentionMode.MmcaDeepSpeed, 22, 35)]
    [InlineData(AttentionMode.CraCaMask, 23, 32)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, 23, 36)]
    public void A_layer_over_six_samples_with_four_images_each(AttentionMode mode, int forward, int backward)
    {
        KernelCount.Passes layer = KernelCount.OfMicroBatch(mode, samples: 6, images: 4).Layer;

        layer.Forward.Should().HaveCount(forward);
        layer.Backward.Should().HaveCount(backward);
        layer.Forward.Count(name => name.StartsWith("_scaled_dot_product", StringComparison.Ordinal))
            .Should().Be(mode switch
            {
                AttentionMode.Causal or AttentionMode.CraCaMask => 1,
                AttentionMode.Mmca => 2,
                _ => 3,
            });
    }

    [Theory]
    [InlineData(AttentionMode.Mmca)]
    [InlineData(AttentionMode.Causal)]
    [InlineData(AttentionMode.MmcaDeepSpeed)]
    [InlineData(AttentionMode.CraCaMask)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes)]
    public void Twice_the_samples_and_images_start_no_more(AttentionMode mode)
    {
        KernelCount.Passes few = KernelCount.OfMicroBatch(mode, samples: 2, images: 2).Layer;
        KernelCount.Passes many = KernelCount.OfMicroBatch(mode, samples: 4, images: 4).Layer;

        many.Forward.Should().BeEquivalentTo(few.Forward);
        many.Backward.Should().BeEquivalentTo(few.Backward);
    }

    [Theory]
    [InlineData(AttentionMode.Mmca, 17)]
    [InlineData(AttentionMode.Causal, 15)]
    [InlineData(AttentionMode.MmcaDeepSpeed, 17)]
    [InlineData(AttentionMode.CraCaMask, 15)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, 17)]
    public void A_layer_over_one_token_of_a_conversation(AttentionMode mode, int kernels) =>
        KernelCount.OfToken(mode, images: 2).Layer.Forward.Should().HaveCount(kernels);

    [Theory]
    [InlineData(AttentionMode.Mmca, 15)]
    [InlineData(AttentionMode.Causal, 15)]
    [InlineData(AttentionMode.MmcaDeepSpeed, 20)]
    [InlineData(AttentionMode.CraCaMask, 15)]
    [InlineData(AttentionMode.CausalTwoSoftmaxes, 15)]
    public void A_layer_over_one_token_of_a_conversation_without_images(AttentionMode mode, int kernels) =>
        KernelCount.OfToken(mode, images: 0).Layer.Forward.Should().HaveCount(kernels);
}
