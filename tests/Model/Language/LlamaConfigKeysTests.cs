using System.Text;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;

namespace VisualChat.Model.Tests.Language;

/// <summary>Configurations of real models, and keys that stand for other arithmetic.</summary>
public sealed class LlamaConfigKeysTests
{
    private readonly string _folder = TestData.NewFolder();

    [Theory]
    [InlineData("""
        {"_name_or_path":"meta-llama/Llama-2-7b-hf","architectures":["LlamaForCausalLM"],"bos_token_id":1,
         "eos_token_id":2,"hidden_act":"silu","hidden_size":4096,"initializer_range":0.02,"intermediate_size":11008,
         "max_position_embeddings":4096,"model_type":"llama","num_attention_heads":32,"num_hidden_layers":32,
         "num_key_value_heads":32,"pretraining_tp":1,"rms_norm_eps":1e-05,"rope_scaling":null,
         "tie_word_embeddings":false,"torch_dtype":"float16","transformers_version":"4.31.0.dev0","use_cache":true,
         "vocab_size":32000}
        """, 4096)]
    [InlineData("""
        {"architectures":["LLaMAForCausalLM"],"bos_token_id":0,"eos_token_id":1,"hidden_act":"silu",
         "hidden_size":4096,"intermediate_size":11008,"initializer_range":0.02,"max_sequence_length":2048,
         "model_type":"llama","num_attention_heads":32,"num_hidden_layers":32,"pad_token_id":-1,"rms_norm_eps":1e-06,
         "torch_dtype":"float16","transformers_version":"4.27.0.dev0","use_cache":true,"vocab_size":32000}
        """, 2048)]
    [InlineData("""
        {"_name_or_path":"vicuna-7b-v1.5","architectures":["LlamaForCausalLM"],"bos_token_id":1,"eos_token_id":2,
         "hidden_act":"silu","hidden_size":4096,"initializer_range":0.02,"intermediate_size":11008,"max_length":4096,
         "max_position_embeddings":4096,"model_type":"llama","num_attention_heads":32,"num_hidden_layers":32,
         "num_key_value_heads":32,"pad_token_id":0,"pretraining_tp":1,"rms_norm_eps":1e-05,"rope_scaling":null,
         "tie_word_embeddings":false,"torch_dtype":"float16","transformers_version":"4.31.0","use_cache":true,
         "vocab_size":32000}
        """, 4096)]
    [InlineData("""
        {"architectures":["LlamaForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":128000,
         "eos_token_id":[128001,128008,128009],"hidden_act":"silu","hidden_size":4096,"initializer_range":0.02,
         "intermediate_size":14336,"max_position_embeddings":131072,"mlp_bias":false,"model_type":"llama",
         "num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,"pretraining_tp":1,
         "rms_norm_eps":1e-05,"rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
         "original_max_position_embeddings":8192,"rope_type":"llama3"},"rope_theta":500000.0,
         "tie_word_embeddings":false,"torch_dtype":"bfloat16","transformers_version":"4.42.3","use_cache":true,
         "vocab_size":128256}
        """, 131072)]
    [InlineData("""
        {"architectures":["LlamaForCausalLM"],"attention_bias":false,"attention_dropout":0.0,"bos_token_id":1,
         "dtype":"float32","eos_token_id":2,"head_dim":128,"hidden_act":"silu","hidden_size":4096,
         "initializer_range":0.02,"intermediate_size":11008,"max_position_embeddings":4096,"mlp_bias":false,
         "model_type":"llama","num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":32,
         "pad_token_id":null,"pretraining_tp":1,"rms_norm_eps":1e-06,
         "rope_parameters":{"rope_theta":10000.0,"rope_type":"default"},"tie_word_embeddings":false,
         "transformers_version":"5.6.0","use_cache":true,"vocab_size":32000}
        """, 4096)]
    [InlineData("""
        {"architectures":["MistralForCausalLM"],"bos_token_id":1,"eos_token_id":2,"hidden_act":"silu",
         "hidden_size":4096,"initializer_range":0.02,"intermediate_size":14336,"max_position_embeddings":32768,
         "model_type":"mistral","num_attention_heads":32,"num_hidden_layers":32,"num_key_value_heads":8,
         "rms_norm_eps":1e-05,"rope_theta":10000.0,"sliding_window":4096,"tie_word_embeddings":false,
         "torch_dtype":"bfloat16","transformers_version":"4.34.0.dev0","use_cache":true,"vocab_size":32000}
        """, 4096)]
    [InlineData("""
        {"architectures":["LlavaForConditionalGeneration"],"ignore_index":-100,"image_token_index":32000,
         "model_type":"llava","projector_hidden_act":"gelu","text_config":{"_name_or_path":"lmsys/vicuna-7b-v1.5",
         "architectures":["LlamaForCausalLM"],"max_position_embeddings":4096,"model_type":"llama",
         "rms_norm_eps":1e-05,"torch_dtype":"float16","vocab_size":32064},"vision_feature_layer":-2,
         "vision_feature_select_strategy":"default","vocab_size":32064}
        """, 4096)]
    public void Configurations_of_real_models_are_read(string json, int positions) =>
        Read(json).ReachablePositions.Should().Be(positions);

    [Theory]
    [InlineData("\"embedding_multiplier\":12.0")]
    [InlineData("\"logits_scaling\":8.0")]
    [InlineData("\"residual_multiplier\":0.22")]
    [InlineData("\"attention_multiplier\":0.0078125")]
    [InlineData("\"attention_multiplier\":1.0")]
    [InlineData("\"query_pre_attn_scalar\":256")]
    [InlineData("\"final_logit_softcapping\":30.0")]
    [InlineData("\"attn_logit_softcapping\":50.0")]
    [InlineData("\"hidden_activation\":\"gelu_pytorch_tanh\"")]
    [InlineData("\"logit_scale\":0.0625")]
    [InlineData("\"partial_rotary_factor\":0.5")]
    [InlineData("\"clip_qkv\":8")]
    [InlineData("\"norm_type\":\"layernorm\"")]
    [InlineData("\"use_parallel_residual\":true")]
    [InlineData("\"use_qk_norm\":true")]
    [InlineData("\"num_local_experts\":8")]
    [InlineData("\"scale_depth\":1.4")]
    [InlineData("\"use_rope\":false")]
    [InlineData("\"is_causal\":false")]
    [InlineData("\"something_new\":[1,2]")]
    [InlineData("\"something_new\":{\"a\":1}")]
    public void A_key_that_may_change_the_arithmetic_is_refused_by_name(string key)
    {
        Action act = () => Read("{" + key + "}");
        act.Should().Throw<ModelException>().WithMessage(
            $"*config.json': '{key.Split('"')[1]}' is *: it is not known here and may change what the model computes; "
            + "if it changes nothing, remove it from the file.");
    }

    [Theory]
    [InlineData("\"embedding_multiplier\":1.0")]
    [InlineData("\"residual_multiplier\":1")]
    [InlineData("\"logit_scale\":null")]
    [InlineData("\"partial_rotary_factor\":1.0")]
    [InlineData("\"final_logit_softcapping\":null")]
    [InlineData("\"use_qk_norm\":false")]
    [InlineData("\"num_local_experts\":0")]
    [InlineData("\"something_new\":{}")]
    [InlineData("\"is_causal\":true")]
    [InlineData("\"quantization_config\":null")]
    [InlineData("\"unsloth_version\":\"2025.1\"")]
    public void A_key_that_is_off_changes_nothing(string key) => Read("{" + key + "}").Should().Be(new LlamaConfig());

    [Theory]
    [InlineData("""{"model_type":"qwen2"}""", "'model_type' is 'qwen2'; known here: llama, mistral")]
    [InlineData("""{"model_type":"granite"}""", "'model_type' is 'granite'; known here: llama, mistral")]
    [InlineData("""{"text_config":{"model_type":"clip_text_model"}}""", "'model_type' is 'clip_text_model'; *")]
    [InlineData("""{"quantization_config":{"quant_method":"gptq"}}""", "*quantised by gptq: *")]
    [InlineData("""{"text_config":{},"quantization_config":{"a":1}}""", "*by a method it does not name: *")]
    [InlineData("""{"rope_scaling":{"type":"linear"}}""", "'rope_scaling' has no 'factor'")]
    [InlineData("""{"rope_scaling":"linear"}""", "'rope_scaling' is \"linear\", not an object")]
    [InlineData("""{"rope_scaling":{"type":"longrope","long_factor":[1]}}""", "'long_factor' of 'rope_scaling' is *")]
    [InlineData("""{"rope_parameters":{"partial_rotary_factor":0.5}}""", "'partial_rotary_factor' of 'rope_par*")]
    [InlineData(
        """{"rope_scaling":{"type":"linear","factor":2},"rope_parameters":{"rope_type":"default"}}""", "*differ*")]
    [InlineData("""{"attention_bias":"true"}""", "'attention_bias' is \"true\", not true or false")]
    [InlineData("""{"layer_types":["full_attention","sliding_attention"]}""", "'layer_types' is *; only full_att*")]
    [InlineData("""{"num_hidden_layers":2147483647}""", "'num_hidden_layers' is 2147483647, and at most 1024 *")]
    [InlineData("""{"vocab_size":9223372036854775807}""", "'vocab_size' is 9223372036854775807, and at most *")]
    [InlineData("""{"hidden_size":1e400}""", "'hidden_size' is 1e400, not a positive whole number")]
    [InlineData("""{"hidden_size":0}""", "'hidden_size' is 0, not a positive whole number")]
    [InlineData("""{"hidden_size":4096.5}""", "'hidden_size' is 4096.5, not a positive whole number")]
    [InlineData("""{"num_attention_heads":-1}""", "'num_attention_heads' is -1, not a positive whole number")]
    [InlineData("""{"rms_norm_eps":1e400}""", "'rms_norm_eps' is 1e400, not a number")]
    [InlineData("""{"rope_theta":-5}""", "'rope_theta' is -5; it must be above 0")]
    [InlineData("""{"num_attention_heads":16384,"head_dim":1048576}""", "16384 heads of 1048576 are wider *")]
    public void What_is_not_LLaMAs_or_no_size_is_refused(string json, string why)
    {
        Action act = () => Read(json);
        act.Should().Throw<ModelException>().WithMessage($"*config.json': {why}*");
    }

    [Theory]
    [InlineData("utf-8")]
    [InlineData("utf-16")]
    [InlineData("utf-16BE")]
    public void A_byte_order_mark_before_the_text_is_passed_over(string encoding)
    {
        const string Json = """{"hidden_size":64,"num_attention_heads":2}""";
        File.WriteAllText(Path.Combine(_folder, "config.json"), Json, Encoding.GetEncoding(encoding));
        LlamaConfig.Read(_folder).HiddenSize.Should().Be(64);
    }

    [Fact]
    public void Text_that_is_half_a_letter_is_refused()
    {
        Action act = () => Read("""{"\ud800":1}""");
        act.Should().Throw<ModelException>().WithMessage("*config.json' cannot be read: it is not JSON: *");
    }

    [Fact]
    public void Frequencies_of_LLaMA_3_1_are_transformers()
    {
        LlamaConfig config = Read("""
            {"num_attention_heads":32,"hidden_size":4096,"max_position_embeddings":131072,"rope_theta":500000.0,
             "rope_scaling":{"factor":8.0,"low_freq_factor":1.0,"high_freq_factor":4.0,
             "original_max_position_embeddings":8192,"rope_type":"llama3"}}
            """);
        double[] frequencies = RotaryPlan.FrequenciesOf(config, length: 100);
        frequencies.Should().HaveCount(64);
        double[] known = [0.00321144599, 0.00216657076, 0.00137189357, 0.000524846161, 0.000178507813, 9.55621235e-05];
        int[] places = [28, 29, 30, 32, 34, 35];
        for (int index = 0; index < known.Length; index++)
            (frequencies[places[index]] / known[index]).Should().BeApproximately(1, 1e-6);
        (frequencies[63] / 3.06892599e-07).Should().BeApproximately(1, 1e-6);
        frequencies[0].Should().Be(1);
    }

    private LlamaConfig Read(string json)
    {
        File.WriteAllText(Path.Combine(_folder, "config.json"), json);
        return LlamaConfig.Read(_folder);
    }
}
