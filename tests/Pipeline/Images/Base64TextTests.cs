using System.Text;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Images;

public sealed class Base64TextTests
{
    private static byte[]? Decode(string text) =>
        Base64Text.TryDecode(Encoding.UTF8.GetBytes(text), new PooledBuffers())?.Memory.ToArray();

    [Theory]
    [InlineData("+/+/", new byte[] { 0xFB, 0xFF, 0xBF })]
    [InlineData("-_-_", new byte[] { 0xFB, 0xFF, 0xBF })]
    [InlineData("AQ==", new byte[] { 1 })]
    [InlineData("AQ", new byte[] { 1 })]
    [InlineData("AQ=", new byte[] { 1 })]
    [InlineData("AQI=", new byte[] { 1, 2 })]
    [InlineData("AQI", new byte[] { 1, 2 })]
    [InlineData("AQID", new byte[] { 1, 2, 3 })]
    [InlineData(" AQID\r\nBAUG\r\nBw==\r\n", new byte[] { 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData("AQID\nBAUG\nBw", new byte[] { 1, 2, 3, 4, 5, 6, 7 })]
    [InlineData("AQ%3D%3d", new byte[] { 1 })]
    [InlineData("%2b/+/", new byte[] { 0xFB, 0xFF, 0xBF })]
    [InlineData("", new byte[] { })]
    [InlineData("==", new byte[] { })]
    public void Base64_is_read_as_the_world_writes_it(string text, byte[] bytes) =>
        Decode(text).Should().Equal(bytes);

    [Theory]
    [InlineData("A")]
    [InlineData("AQIDB")]
    [InlineData("*")]
    [InlineData("AQ=ID")]
    [InlineData("AQ%3")]
    [InlineData("AQ%zz")]
    [InlineData("AQ.D")]
    public void What_is_not_base64_is_not_decoded(string text) => Decode(text).Should().BeNull();

    [Theory]
    [InlineData("data:image/png;base64,AQID", 22)]
    [InlineData("DATA:,AQID", 6)]
    [InlineData("data", 0)]
    [InlineData("AQID,", 0)]
    [InlineData("data:image/png;base64", 0)]
    public void A_data_uri_ends_at_its_comma(string text, int length) =>
        Base64Text.PrefixOf(Encoding.UTF8.GetBytes(text)).Should().Be(length);
}
