using VisualChat.Model.Errors;
using VisualChat.Model.Language;

namespace VisualChat.Model.Tests.Language;

public sealed class LlamaConfigTests
{
    private readonly string _folder = TestData.NewFolder();

    [Fact]
    public void LLaMA_2_70B_is_read()
    {
        LlamaConfig config = Read("""
            {"architectures":["LlamaForCausalLM"],"hidden_act":"silu","hidden_size":8192,
             "intermediate_size":28672,"max_position_embeddings":4096,"model_type":"llama",
             "num_attention_heads":64,"num_hidden_layers":80,"num_key_value_heads":8,"rms_norm_eps":1e-05,
             "rope_scaling":null,"tie_word_embeddings":false,"vocab_size":32000}
            """);
        config.Should().Be(new LlamaConfig
        {
            HiddenSize = 8192,
            IntermediateSize = 28672,
            Layers = 80,
            Heads = 64,
            KeyValueHeads = 8,
            MaxPositions = 4096,
            RmsNormEpsilon = 1e-5,
        });
        config.HeadSize.Should().Be(128);
        config.RopeTheta.Should().Be(10000);
    }

    [Theory]
    [InlineData(
        """{"rope_scaling":{"type":"linear","factor":2.0},"rope_theta":500000.0}""", RopeScaling.Linear, 2, 500000)]
    [InlineData("""{"rope_scaling":{"rope_type":"dynamic","factor":4}}""", RopeScaling.Dynamic, 4, 10000)]
    [InlineData("""{"rope_parameters":{"rope_type":"default","rope_theta":1e6}}""", RopeScaling.None, 1, 1000000)]
    public void Rotary_settings_are_read_in_the_older_and_the_newer_form(
        string json, RopeScaling scaling, double factor, double theta)
    {
        LlamaConfig config = Read(json);
        config.Scaling.Should().Be(scaling);
        config.ScalingFactor.Should().Be(factor);
        config.RopeTheta.Should().Be(theta);
    }

    [Theory]
    [InlineData(
        """{"rope_scaling":{"rope_type":"yarn","factor":4}}""",
        "'rope_scaling' is 'yarn'; known here: linear, dynamic, llama3")]
    [InlineData("""{"num_key_value_heads":5}""", "32 heads cannot share 5 key-value heads evenly")]
    [InlineData("""{"hidden_act":"gelu"}""", "'hidden_act' is 'gelu'; known here: silu")]
    [InlineData("""{"attention_bias":true}""", "'attention_bias' and 'mlp_bias' make a decoder that LLaMA's is not")]
    [InlineData("""{"hidden_size":96}""", "heads of 3 cannot be turned by rotary positions; the size must be even")]
    [InlineData("""{"rms_norm_eps":"small"}""", "'rms_norm_eps' is \"small\", not a number")]
    public void A_decoder_that_is_not_LLaMAs_is_refused(string json, string why)
    {
        Action act = () => Read(json);
        act.Should().Throw<ModelException>().WithMessage($"*config.json': {why}.");
    }

    private LlamaConfig Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json);
        return LlamaConfig.Read(_folder);
    }
}
