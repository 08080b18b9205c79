using System.Text;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class Base64ImageFileTests
{
    private static SourceCatalog Load(DataRoot root, string images, string ids)
    {
        string record = $$"""{"image_ids": [{{ids}}], "instruction": "Q?", "answer": "A."}""";
        _ = root.Write("data.json", $$"""{"data": {"I1": {{record}} } }""");
        _ = root.Write("images.json", images);
        return root.Load(DataRoot.Entry("mimic-it", images: "images.json"));
    }

    [Theory]
    [InlineData("""{"x": "AQID", "a": "aGVsbG8/"}""")]
    [InlineData("{\n  \"a\" : \"aGVsbG8\\/\"\n}\n")]
    [InlineData("""{"a": "data:image/jpeg;base64,aGVsbG8/"}""")]
    [InlineData("""{"x": null, "y": {"a": ["}"]}, "a": "aGVsbG8\u002f"}""")]
    [InlineData("""{"a": "AAAA", "a": "aGVsbG8/"}""")]
    [InlineData("""{"\u0061": "aGVsbG8/"}""")]
    public void An_image_is_found_by_its_id_and_decoded(string images)
    {
        using DataRoot root = new();
        SourceCatalog catalog = Load(root, images, "\"a\"");
        catalog["mine"].Rejects.Should().BeEmpty();
        Encoding.ASCII.GetString(catalog.Images.Read(0)).Should().Be("hello?");
        catalog.Images.PathOf(0).Should().Be("images.json#a");
    }

    [Theory]
    [InlineData("""{"a": ""}""", RejectReason.ImageEmpty)]
    [InlineData("""{"a": 3}""", RejectReason.ImageDamaged)]
    [InlineData("""{"b": "AQID"}""", RejectReason.ImageMissing)]
    [InlineData("{}", RejectReason.ImageMissing)]
    public void An_image_that_is_no_base64_text_rejects_its_record(string images, RejectReason reason)
    {
        using DataRoot root = new();
        Load(root, images, "\"a\"")["mine"].Rejects.Should().ContainSingle().Which.Reason.Should().Be(reason);
    }

    [Theory]
    [InlineData("""{"a": "AQI*"}""")]
    [InlineData("""{"a": "AQIDA"}""")]
    public void Damaged_base64_is_found_when_it_is_read(string images)
    {
        using DataRoot root = new();
        SourceCatalog catalog = Load(root, images, "\"a\"");
        FluentActions.Invoking(() => catalog.Images.Read(0))
            .Should().Throw<RecordRejectedException>().Which.Reason.Should().Be(RejectReason.ImageDamaged);
    }

    [Theory]
    [InlineData("", "line 1, byte 0")]
    [InlineData("[]", "line 1, byte 0")]
    [InlineData("{\n\"a\": \"AQI", "line 2, byte 7")]
    [InlineData("{\"a\": \"AQID\"", "line 1, byte 12")]
    [InlineData("{\"a\": \"AQID\",}", "line 1, byte 13")]
    [InlineData("{\"a\": \"AQID\"} {", "line 1, byte 14")]
    [InlineData("{\"a\": tru}", "line 1, byte 9")]
    public void A_broken_file_is_an_error_that_names_line_and_byte(string images, string place)
    {
        using DataRoot root = new();
        FluentActions.Invoking(() => Load(root, images, "\"a\""))
            .Should().Throw<WorkException>().WithMessage($"*images.json: {place}:*");
    }

    [Fact]
    public void Values_that_cross_blocks_are_found_whatever_lies_at_the_edge()
    {
        using DataRoot root = new();
        var random = new Random(5);
        var expected = new List<byte[]>();
        var file = new StringBuilder("{");
        for (int image = 0; image < 60; image++)
        {
            byte[] bytes = new byte[random.Next(1, 120_000)];
            random.NextBytes(bytes);
            expected.Add(bytes);
            string text = Convert.ToBase64String(bytes);
            string written = image % 2 == 0 ? text : text.Replace("/", "\\/");
            _ = file.Append(image > 0 ? ", " : "").Append($"\"i{image}\": \"{written}\"");
        }

        SourceCatalog catalog =
            Load(root, $"{file}}}", string.Join(',', Enumerable.Range(0, 60).Select(image => $"\"i{image}\"")));
        catalog.Images.Count.Should().Be(60);
        for (int image = 0; image < 60; image++)
        {
            catalog.Images.Read(image).Should().Equal(expected[image]);
            (catalog.Images.LengthOf(image) - expected[image].Length).Should().BeInRange(0, 2);
        }
    }
}
