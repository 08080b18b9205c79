using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Chat;

/// <summary>
/// A conversation shows the model what training showed it: the same ids, image for image, round
/// after round.
/// </summary>
public sealed class ConversationEncoderTests
{
    private const int ImageId = 32001;

    private readonly ConversationEncoder _encoder = new(ChatFixture.Tokenizer, "Be kind.", ImageOrder.Reading);

    [Fact]
    public void The_ids_are_those_of_the_same_rounds_in_training()
    {
        ChatImage[] two = [ChatFixture.Image(1), ChatFixture.Image(2)];
        IReadOnlyList<ConversationPart> parts = _encoder.Encode(new ChatPrompt
        {
            Earlier = [new ChatRound("Which?", two, "The left one.\n"), new ChatRound("Why?", [], "")],
            Question = "</s> And <image> now?",
            Images = [ChatFixture.Image(3)],
        });

        var rounds = new RoundEncoder(ChatFixture.Tokenizer, null);
        var template = new InstructionTemplate("Be kind.");
        List<int> expected = [], labels = [];
        rounds.Encode(template.LayOut("Which?", 2, 0, isFirst: true), "The left one.\n", expected, labels);
        rounds.Encode(template.LayOut("Why?", 0, 2, isFirst: false), "", expected, labels);
        rounds.EncodePrompt(template.LayOut("</s> And <image> now?", 1, 2, isFirst: false), expected);
        parts.SelectMany(part => part.Ids).Should().Equal(expected);
        expected.Count(id => id == ImageId).Should().Be(3, "what a person types never becomes an image");
    }

    [Fact]
    public void A_part_ends_where_an_answer_begins()
    {
        ChatImage[] one = [ChatFixture.Image(1)];
        IReadOnlyList<ConversationPart> parts = _encoder.Encode(new ChatPrompt
        {
            System = "",
            Earlier = [new ChatRound("Which?", one, "Nothing.")],
            Question = "Why?",
        });

        parts.Should().HaveCount(2);
        parts[0].Images.Should().Equal(one);
        parts[1].Images.Should().BeEmpty();
        // ### Image 1:\n<image>\n\n### Question:\nWhich?\n\n### Answer:\n
        parts[0].Ids.Should().Equal(
            1, 835, 7084, 29871, 29896, 29901, 13, ImageId, 29871, 13, 13, 2277, 29937, 894, 29901, 13, 8809, 436,
            29973, 13, 13, 2277, 29937, 673, 29901, 13);
        parts[0].Positions(5).Should().Be(30);
        // Nothing.</s><s>### Question:\nWhy?\n\n### Answer:\n
        parts[1].Ids.Should().Equal(
            26521, 29889, 2, 1, 835, 894, 29901, 13, 11008, 29973, 13, 13, 2277, 29937, 673, 29901, 13);
    }

    [Fact]
    public void In_reverse_the_last_image_of_the_conversation_is_shown_first()
    {
        ChatImage[] images = [.. Enumerable.Range(1, 4).Select(number => ChatFixture.Image((byte)number))];
        var prompt = new ChatPrompt
        {
            Earlier = [new ChatRound("Which?", images[..2], "The left one."), new ChatRound("Why?", [], "So.")],
            Question = "And now?",
            Images = images[2..],
        };
        IReadOnlyList<ConversationPart> parts = _encoder.Encode(prompt);
        IReadOnlyList<ConversationPart> reversed =
            new ConversationEncoder(ChatFixture.Tokenizer, "Be kind.", ImageOrder.Reversed).Encode(prompt);
        reversed.Select(part => part.Ids).Should().BeEquivalentTo(parts.Select(part => part.Ids));
        reversed[0].Images.Should().Equal(images[3], images[2]);
        reversed[1].Images.Should().BeEmpty();
        reversed[2].Images.Should().Equal(images[1], images[0]);
    }

    [Fact]
    public void A_system_text_of_its_own_takes_the_recipes_place()
    {
        Text(null).Should().StartWith("Be kind.\n\n### Question:");
        Text("Be brief.").Should().StartWith("Be brief.\n\n### Question:");
        Text("").Should().StartWith("### Question:");

        string Text(string? system)
        {
            var prompt = new ChatPrompt { System = system, Question = "Why?" };
            return ChatFixture.Tokenizer.Decode(_encoder.Encode(prompt)[0].Ids.AsSpan(1));
        }
    }
}
