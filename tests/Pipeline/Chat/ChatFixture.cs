using System.Text;
using TorchSharp;
using VisualChat.Model;
using VisualChat.Model.Attention;
using VisualChat.Model.CrossAttention;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>A tiny model with LLaMA-2's vocabulary, whose images take five positions.</summary>
internal static class ChatFixture
{
    public const int ImageSize = 8, ImageTokens = 5;

    private const int LineEndId = 13;

    public static readonly SentencePieceTokenizer Tokenizer = SentencePieceTokenizer.Load(
        Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model"));

    public static readonly Recipe Recipe = new()
    {
        Name = "test",
        Data = new DataSettings { Sources = [] },
        Tokenizer = RecipePath.To(""),
        Template = new TemplateSettings { System = "Be kind." },
        Images = new ImageSettings { Size = ImageSize, Tokens = ImageTokens },
    };

    /// <summary>A model with random weights.</summary>
    public static ChatModel Model(
        AttentionMode attention = AttentionMode.Mmca,
        torch.ScalarType type = torch.ScalarType.Float32,
        int maxPositions = 4096,
        RopeScaling scaling = RopeScaling.None) =>
        ChatModel.Create(new ModelDescription
        {
            Vision = new ClipVisionConfig
            {
                HiddenSize = 8,
                IntermediateSize = 8,
                Layers = 1,
                Heads = 1,
                ImageSize = ImageSize,
                PatchSize = 4,
            },
            Language = new LlamaConfig
            {
                HiddenSize = 32,
                IntermediateSize = 32,
                Layers = 2,
                Heads = 2,
                MaxPositions = maxPositions,
                Scaling = scaling,
                ScalingFactor = 4,
            },
            VocabularySize = Tokenizer.VocabularySize + 3,
            ImageToken = Tokenizer.VocabularySize + 1,
            Attention = attention,
            CrossAttention = new CrossAttentionConfig { Every = 1 },
            ComputeType = type,
            Seed = 3,
        });

    /// <summary>
    /// A model that says the same text after any prompt: each token decides the next one. No token
    /// of the text may come twice, nor be the line end that every prompt ends with.
    /// </summary>
    public static ChatModel ModelThatSays(string text)
    {
        List<int> ids = [];
        Tokenizer.Encode("\n" + text, ids);
        int[] chain = [.. ids.SkipWhile(id => id != LineEndId), Tokenizer.EosId];
        chain.Should().OnlyHaveUniqueItems().And.HaveCountLessThanOrEqualTo(32);
        ChatModel model = Model();
        using IDisposable frozen = torch.no_grad();
        foreach (string layer in new[] { "0", "1" })
        {
            model.Parameters[$"lang_decoder.model.layers.{layer}.self_attn.o_proj.weight"].zero_();
            model.Parameters[$"lang_decoder.model.layers.{layer}.mlp.down_proj.weight"].zero_();
        }

        torch.Tensor embedding = model.Parameters["lang_embed.weight"];
        torch.Tensor head = model.Parameters["lang_decoder.lm_head.weight"];
        embedding.zero_();
        head.zero_();
        for (int place = 0; place < chain.Length - 1; place++)
        {
            embedding[chain[place], place] = 1;
            head[chain[place + 1], place] = 1;
        }

        return model;
    }

    public static ChatEngine NewEngine(ChatModel model, PrefixCacheLimits? limits = null) =>
        new(model, Recipe, Tokenizer, limits ?? new PrefixCacheLimits());

    /// <summary>An image of one gray level.</summary>
    public static ChatImage Image(byte level)
    {
        byte[] head = Encoding.ASCII.GetBytes($"P6\n{ImageSize} {ImageSize}\n255\n");
        IEnumerable<byte> pixels = Enumerable.Repeat(level, 3 * ImageSize * ImageSize);
        return new ChatImages(ImageSize).FromBytes([.. head, .. pixels], $"gray {level}");
    }

    public static AnswerSettings Sampled(int tokens, long seed = 1) =>
        new() { Sampling = new SamplingSettings { Temperature = 1, MaxNewTokens = tokens, Seed = seed } };

    public static AnswerSettings Greedy(int tokens) =>
        new() { Sampling = new SamplingSettings { MaxNewTokens = tokens } };

    /// <summary>Reads an answer to its end.</summary>
    public static ChatAnswer Read(this ChatAnswer answer)
    {
        string.Concat(answer.Pieces()).Should().Be(answer.Text);
        return answer;
    }
}
