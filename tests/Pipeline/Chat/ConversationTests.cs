using VisualChat.Model;
using VisualChat.Model.Generation;
using VisualChat.Model.Language;
using VisualChat.Model.Vision;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>A conversation puts to the model what training showed it: the same ids, image for image, round after round.</summary>
public sealed class ConversationTests
{
    private static readonly SentencePieceTokenizer Tokenizer = SentencePieceTokenizer.Load(Path.Combine(AppContext.BaseDirectory, "Data", "tokens", "llama2-tokenizer.model"));
    private static readonly Recipe Recipe = new()
    {
        Name = "test",
        Data = new DataSettings { Sources = [] },
        Tokenizer = "",
        Template = new TemplateSettings { System = "Be kind." },
        Images = new ImageSettings { Size = 8, Tokens = 5 },
    };

    [Fact]
    public void Its_ids_are_those_of_the_same_conversation_in_training()
    {
        using ChatModel model = Model();
        using var conversation = new Conversation(model, Recipe, Tokenizer);
        var settings = new SamplingSettings { MaxNewTokens = 3 };
        int[] first = [.. conversation.Ask("Which?", [new byte[192], new byte[192]], settings)];
        int[] second = [.. conversation.Ask("</s> And <image> now?", [new byte[192]], settings)];

        var encoder = new TurnEncoder(Tokenizer, null);
        var template = new InstructionTemplate("Be kind.");
        List<int> expected = [];
        encoder.EncodePrompt(template.LayOut("Which?", 2, 0, isFirst: true), expected);
        expected.AddRange([.. first, Tokenizer.EosId]);
        encoder.EncodePrompt(template.LayOut("</s> And <image> now?", 1, 2, isFirst: false), expected);
        expected.AddRange(second[..^1]);
        conversation.Ids.Should().Equal(expected);
        conversation.Ids.Count(id => id == 32001).Should().Be(3, "what a person types never becomes an image");
    }

    [Fact]
    public void An_answer_that_is_left_in_the_middle_still_ends_before_the_next_question()
    {
        using ChatModel model = Model();
        using var conversation = new Conversation(model, Recipe, Tokenizer);
        int left = conversation.Ask("Which?", [], new SamplingSettings { MaxNewTokens = 5 }).First();
        _ = conversation.Ask("And?", [], new SamplingSettings { MaxNewTokens = 1 }).ToArray();

        var encoder = new TurnEncoder(Tokenizer, null);
        List<int> expected = [];
        encoder.EncodePrompt(new InstructionTemplate("Be kind.").LayOut("Which?", 0, 0, isFirst: true), expected);
        expected.AddRange([left, Tokenizer.EosId]);
        encoder.EncodePrompt(new InstructionTemplate("Be kind.").LayOut("And?", 0, 0, isFirst: false), expected);
        conversation.Ids.Should().Equal(expected);
    }

    private static ChatModel Model() => ChatModel.Create(new ModelDescription
    {
        Vision = new ClipVisionConfig { HiddenSize = 8, IntermediateSize = 8, Layers = 1, Heads = 1, ImageSize = 8, PatchSize = 4 },
        Language = new LlamaConfig { HiddenSize = 8, IntermediateSize = 8, Layers = 1, Heads = 1 },
        VocabularySize = Tokenizer.VocabularySize + 3,
        ImageToken = Tokenizer.VocabularySize + 1,
    });
}
