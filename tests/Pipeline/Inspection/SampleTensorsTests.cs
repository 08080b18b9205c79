using System.Text.Json;
using VisualChat.Model.Safetensors;
using VisualChat.Pipeline.Inspection;

namespace VisualChat.Pipeline.Tests.Inspection;

public sealed class SampleTensorsTests
{
    [Fact]
    public void A_sample_becomes_normalised_pixels_ids_and_labels()
    {
        using var file = new MemoryStream();

        SafetensorsWriter.Write(file, SampleTensors.Of(InspectedRows.Joined, 2));

        byte[] bytes = file.ToArray();
        int header = (int)BitConverter.ToInt64(bytes);
        using JsonDocument json = JsonDocument.Parse(bytes.AsMemory(8, header));
        json.RootElement.GetRawText().Should().Be(
            """{"pixel_values":{"dtype":"F32","shape":[2,3,2,2],"data_offsets":[0,96]}"""
            + ""","input_ids":{"dtype":"I64","shape":[51],"data_offsets":[96,504]}"""
            + ""","labels":{"dtype":"I64","shape":[51],"data_offsets":[504,912]}}""");
        float[] red =
            [.. Enumerable.Range(0, 4).Select(pixel => BitConverter.ToSingle(bytes, 8 + header + (4 * pixel)))];
        red.Should().Equal(-1.7922626f, 1.9303361f, 1.9303361f, 0.076336145f);
        BitConverter.ToInt64(bytes, 8 + header + 96 + (8 * 7)).Should().Be(32001);
        BitConverter.ToInt64(bytes, 8 + header + 504).Should().Be(-100);
        BitConverter.ToInt64(bytes, bytes.Length - 8).Should().Be(2);
    }
}
