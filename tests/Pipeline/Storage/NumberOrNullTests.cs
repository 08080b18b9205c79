using System.Text.Json;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class NumberOrNullTests
{
    [Fact]
    public void What_is_no_finite_number_is_null_and_the_document_valid()
    {
        double[] losses = [0.25, double.NaN, double.PositiveInfinity, double.NegativeInfinity];
        string json = JsonSerializer.Serialize(new { Losses = losses, Best = (double?)double.NaN }, JsonText.Line);
        json.Should().Be("""{"losses":[0.25,null,null,null],"best":null}""");
    }
}
