using VisualChat.Pipeline.Conversations;

namespace VisualChat.Pipeline.Tests.Conversations;

public sealed class InstructionTemplateTests
{
    private readonly InstructionTemplate _template = new("Be kind.");

    [Fact]
    public void A_first_round_opens_with_the_system_prompt_and_a_blank_line() =>
        _template.LayOut("please describe the image.", images: 1, imagesBefore: 0, isFirst: true).ToString()
            .Should().Be(
                "Be kind.\n\n### Image 1:\n<image>\n\n"
                + "### Question:\nplease describe the image.\n\n### Answer:\n");

    [Fact]
    public void Images_of_one_round_stand_one_newline_apart_and_are_counted_through_the_conversation() =>
        _template.LayOut("What's the difference?", images: 2, imagesBefore: 1, isFirst: false).ToString()
            .Should().Be(
                "### Image 2:\n<image>\n### Image 3:\n<image>\n\n"
                + "### Question:\nWhat's the difference?\n\n### Answer:\n");

    [Fact]
    public void A_round_without_images_starts_at_its_question() =>
        _template.LayOut("Why?", images: 0, imagesBefore: 3, isFirst: false).ToString()
            .Should().Be("### Question:\nWhy?\n\n### Answer:\n");

    [Fact]
    public void Without_a_system_prompt_the_first_round_is_as_any_other() =>
        new InstructionTemplate("").LayOut("Why?", images: 0, imagesBefore: 0, isFirst: true).ToString()
            .Should().Be("### Question:\nWhy?\n\n### Answer:\n");

    [Fact]
    public void An_image_mark_in_a_question_makes_no_image() =>
        _template.LayOut("What does <image> mean?", images: 1, imagesBefore: 0, isFirst: false).Images.Should().Be(1);
}
