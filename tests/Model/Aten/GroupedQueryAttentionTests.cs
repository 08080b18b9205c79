using TorchSharp;
using VisualChat.Model.Aten;
using VisualChat.Model.Attention;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Aten;

public sealed class GroupedQueryAttentionTests
{
    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(false, true)]
    public void Equals_attention_over_repeated_key_value_heads_and_so_do_its_gradients(bool isCausal, bool isMasked)
    {
        using DisposeScope scope = NewDisposeScope();
        _ = manual_seed(3);
        Tensor q = randn(2, 6, 5, 8, dtype: ScalarType.Float64, requires_grad: true);
        Tensor k = randn(2, 2, 5, 8, dtype: ScalarType.Float64, requires_grad: true);
        Tensor v = randn(2, 2, 5, 8, dtype: ScalarType.Float64, requires_grad: true);
        Tensor weights = randn(2, 6, 5, 8, dtype: ScalarType.Float64);

        Tensor? mask = isMasked ? randn(5, 5, dtype: ScalarType.Float64) : null;

        Tensor grouped = AtenOperators.GroupedQueryAttention(q, k, v, isCausal, mask);
        (grouped * weights).sum().backward();
        Tensor[] gradients = [q.grad!.clone(), k.grad!.clone(), v.grad!.clone()];
        (q.grad, k.grad, v.grad) = (null, null, null);
        Tensor plain = nn.functional.scaled_dot_product_attention(
            q, k.repeat_interleave(3, 1), v.repeat_interleave(3, 1), mask, is_casual: isCausal);
        (plain * weights).sum().backward();

        grouped.shape.Should().Equal(2, 6, 5, 8);
        Difference(grouped, plain).Should().BeLessThan(1e-12);
        Difference(gradients[0], q.grad!).Should().BeLessThan(1e-12);
        Difference(gradients[1], k.grad!).Should().BeLessThan(1e-12);
        Difference(gradients[2], v.grad!).Should().BeLessThan(1e-12);
    }

    [Theory]
    [InlineData(ScalarType.Float32, 1e-6)]
    [InlineData(ScalarType.BFloat16, 0.02)]
    public void A_block_over_fewer_key_value_heads_agrees_in_every_type(ScalarType type, double bound)
    {
        using DisposeScope scope = NewDisposeScope();
        _ = manual_seed(4);
        Tensor q = randn(1, 4, 7, 16).to(type);
        Tensor k = randn(1, 2, 9, 16).to(type);
        Tensor v = randn(1, 2, 9, 16).to(type);

        Tensor block = BlockAttention.Prefix(q, k, v, keys: 6);

        Tensor wide = nn.functional.scaled_dot_product_attention(
            q.to(ScalarType.Float64),
            k.narrow(2, 0, 6).repeat_interleave(2, 1).to(ScalarType.Float64),
            v.narrow(2, 0, 6).repeat_interleave(2, 1).to(ScalarType.Float64));
        block.dtype.Should().Be(type);
        Difference(block.to(ScalarType.Float64), wide).Should().BeLessThan(bound);
    }

    private static double Difference(Tensor x, Tensor y) => x.detach().contiguous().data<double>().ToArray()
        .Zip(y.detach().contiguous().data<double>().ToArray(), (one, other) => Math.Abs(one - other)).Max();
}
