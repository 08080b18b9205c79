using VisualChat.Model.Errors;
using VisualChat.Model.Vision;

namespace VisualChat.Model.Tests.Vision;

public sealed class ClipPreprocessorTests
{
    private readonly string _folder = TestData.NewFolder();

    [Theory]
    [InlineData("""
        {"crop_size":224,"do_center_crop":true,"do_normalize":true,"do_resize":true,
         "feature_extractor_type":"CLIPFeatureExtractor","image_mean":[0.48145466,0.4578275,0.40821073],
         "image_std":[0.26862954,0.26130258,0.27577711],"resample":3,"size":224}
        """)]
    [InlineData("""
        {"crop_size":{"height":224,"width":224},"do_convert_rgb":true,"do_rescale":true,
         "image_mean":[0.4815,0.4578,0.4082],"rescale_factor":0.00392156862745098,"size":{"shortest_edge":224}}
        """)]
    [InlineData("""{"do_center_crop":false,"size":{"height":224,"width":224}}""")]
    public void CLIPs_own_preprocessing_is_what_is_done(string json) => Check(json).Should().NotThrow();

    [Theory]
    [InlineData("""{"image_mean":[0.5,0.5,0.5]}""", "'image_mean' is [0.5,0.5,0.5], and images are made with *")]
    [InlineData("""{"image_std":[0.26862954]}""", "'image_std' is *")]
    [InlineData("""{"resample":2}""", "'resample' is 2, and images are made with 3 here. *")]
    [InlineData("""{"rescale_factor":1}""", "'rescale_factor' is 1, *")]
    [InlineData("""{"do_center_crop":false}""", "'do_center_crop' is false, and the step is always done here. *")]
    [InlineData("""{"crop_size":2147483647}""", "'crop_size' is 2147483647, and the tower takes images of 224. *")]
    [InlineData("""{"size":{"shortest_edge":336}}""", "'size' is *, and the tower takes images of 224. *")]
    [InlineData("""{"size":"1e400"}""", "'size' is *")]
    public void Other_preprocessing_is_refused(string json, string why) =>
        Check(json).Should().Throw<ModelException>().WithMessage($"*preprocessor_config.json': {why}");

    private Action Check(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "preprocessor_config.json"), json);
        return () => ClipPreprocessor.Check(_folder, imageSize: 224);
    }
}
