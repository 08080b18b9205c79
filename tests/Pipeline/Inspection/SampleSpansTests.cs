using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Inspection;
using VisualChat.Pipeline.Samples;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Inspection;

public sealed class SampleSpansTests
{
    private static readonly SentencePieceTokenizer Tokenizer = SentencePieceTokenizer.Load(InspectedRows.Tokenizer);

    [Fact]
    public void Ids_read_as_rounds_of_read_and_trained_text_with_images_in_place()
    {
        IReadOnlyList<IReadOnlyList<TokenSpan>> rounds = SampleSpans.Of(InspectedRows.Joined, Tokenizer);

        rounds.Should().HaveCount(2);
        rounds[0].Should().Equal(
            new TokenSpan(SpanKind.Read, "<s>### Image 1:\n", 7),
            new TokenSpan(SpanKind.Image, "<image 1>", 1),
            new TokenSpan(SpanKind.Read, "\n\n### Question:\nplease describe the image.\n\n### Answer:\n", 21),
            new TokenSpan(SpanKind.Trained, "Nothing.</s>", 3));
        rounds[1][1].Should().Be(new TokenSpan(SpanKind.Image, "<image 2>", 1));
        rounds[1][^1].Should().Be(new TokenSpan(SpanKind.Trained, "Nothing.</s>", 3));
    }

    [Fact]
    public void Text_that_spells_the_image_piece_stays_text()
    {
        var ids = new List<int>();
        Tokenizer.Encode("<image>", ids);
        SampleRow row = InspectedRows.Joined with { InputIds = [.. ids], Labels = [.. ids.Select(_ => -100)] };

        SampleSpans.Of(row, Tokenizer).Should().ContainSingle()
            .Which.Should().Equal(new TokenSpan(SpanKind.Read, "<image>", ids.Count));
    }

    [Fact]
    public void Ids_of_another_tokenizer_are_refused()
    {
        SampleRow row = InspectedRows.Joined with { InputIds = [1, 32003], Labels = [-100, -100] };

        FluentActions.Invoking(() => SampleSpans.Of(row, Tokenizer))
            .Should().Throw<WorkException>().WithMessage("*the id 32003 is not in the tokenizer*");
    }

    [Fact]
    public void Labels_of_another_length_are_refused()
    {
        SampleRow row = InspectedRows.Joined with { Labels = [1] };

        FluentActions.Invoking(() => SampleSpans.Of(row, Tokenizer))
            .Should().Throw<WorkException>().WithMessage("*51 ids but 1 labels*");
    }
}
