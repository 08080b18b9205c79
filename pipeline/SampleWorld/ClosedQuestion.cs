namespace VisualChat.Pipeline.SampleWorld;

/// <summary>A question with one right short answer.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Question">The question, one sentence.</param>
/// <param name="Answer">The canonical short answer.</param>
/// <param name="Statement">The same answer as a sentence.</param>
internal sealed record ClosedQuestion(ClosedKind Kind, string Question, string Answer, string Statement)
{
    /// <summary>
    /// The question about one picture put where several are shown: it, and its answer, name the one
    /// that is meant.
    /// </summary>
    /// <param name="image">The picture's name, as <c>image 2</c>.</param>
    public ClosedQuestion About(string image) => this with
    {
        Question = Question.Contains("the image", StringComparison.Ordinal)
            ? Question.Replace("the image", image, StringComparison.Ordinal)
            : $"In {image}, {Wording.Clause(Question)}",
        Statement = Wording.Sentence(
            Statement.Replace("The image", image, StringComparison.Ordinal)
                .Replace("the image", image, StringComparison.Ordinal)),
    };
}
