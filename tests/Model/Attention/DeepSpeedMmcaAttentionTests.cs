using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Tests.Language;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Attention;

public sealed class DeepSpeedMmcaAttentionTests
{
    private const string Kinds = "tttvvttvvt";

    /// <summary>The rounding of a sum of sevenths.</summary>
    private const double SumOfSevenths = 1e-12;

    /// <summary>
    /// With equal scores and each position's value its own unit vector, a row of the result is the
    /// sum of its two softmaxes' weights.
    /// </summary>
    [Fact]
    public void The_released_masks_spread_as_they_were_seen_to()
    {
        using DisposeScope scope = NewDisposeScope();
        double[][] weights = Weights();
        double[] text0 = [1, 0, 0, 0, 0, 0, 0, 0, 0, 0];
        double[] image0 = [.2, 0, 0, .2, .2, 0, 0, .2, .2, 0];
        double[] text2 = [1 / 3d, 1 / 3d, 1 / 3d, 0, 0, 0, 0, 0, 0, 0];
        double[] image2 = [1 / 7d, 1 / 7d, 1 / 7d, 1 / 7d, 1 / 7d, 0, 0, 1 / 7d, 1 / 7d, 0];
        double[] image3 = [1 / 3d, 1 / 3d, 1 / 3d, 1, 0, 0, 0, 0, 0, 0];
        double[] text5 = [.25, .25, .25, 0, 0, .25, 0, 0, 0, 0];
        double[] image5 = [0, 0, 0, .5, .5, 0, 0, 0, 0, 0];
        double[] image8 = [.2, .2, .2, 0, 0, .2, .2, 0, 1, 0];
        weights[0].ShouldBeWithin(SumOfSevenths, Sum(text0, image0));
        weights[2].ShouldBeWithin(SumOfSevenths, Sum(text2, image2));
        weights[3].ShouldBeWithin(SumOfSevenths, image3);
        weights[5].ShouldBeWithin(SumOfSevenths, Sum(text5, image5));
        weights[8].ShouldBeWithin(SumOfSevenths, image8);
    }

    [Fact]
    public void The_dense_decoder_the_model_is_held_against_has_the_same_masks()
    {
        float[] image = DenseDecoder.Masks(AttentionMode.MmcaDeepSpeed, Kinds)[1];
        image[..10].Should().Equal(-1, 0, 0, -1, -1, 0, 0, -1, -1, 0);
        image[20..30].Should().Equal(-1, -1, -1, -1, -1, 0, 0, -1, -1, 0);
        image[50..60].Should().Equal(0, 0, 0, 1, 1, 0, 0, 0, 0, 0);
    }

    private static double[][] Weights()
    {
        InterleavedLayout layout = TestDecoder.Layout([Kinds]);
        Tensor values = eye(Kinds.Length, dtype: ScalarType.Float64).unsqueeze(1);
        Tensor text = Rows(values, 't'), image = Rows(values, 'v');
        Tensor noText = zeros_like(text), noImage = zeros_like(image);
        var rows = new AttentionRows(HeadRows.Of(noText, noText, text), HeadRows.Of(noImage, noImage, image));
        Tensor textRows = DeepSpeedMmcaAttention.Text(MmcaAttention.Text(rows, layout), rows, layout);
        Tensor result = cat([textRows, DeepSpeedMmcaAttention.Image(rows, layout)], 0);
        return [.. layout.RowOfPosition.Select(row => result[row].data<double>().ToArray())];
    }

    private static Tensor Rows(Tensor values, char kind)
    {
        long[] places =
            [.. Enumerable.Range(0, Kinds.Length).Where(place => Kinds[place] == kind).Select(place => (long)place)];
        return values[tensor(places, [places.Length])];
    }

    private static double[] Sum(double[] first, double[] second) => [.. first.Zip(second, (one, other) => one + other)];
}
