using VisualChat.Pipeline.SampleWorld;

namespace VisualChat.Pipeline.Scoring;

/// <summary>A held-out question and what became of it.</summary>
/// <param name="Entry">The conversation it is of.</param>
/// <param name="Round">Its place in it, from 0.</param>
/// <param name="Kind">What it asks for.</param>
/// <param name="Question">The question.</param>
/// <param name="Expected">The right answer.</param>
/// <param name="Answer">The model's.</param>
/// <param name="Blind">The best answer of one who does not look: the commonest of its kind.</param>
public sealed record HeldOutQuestion(string Entry, int Round, ClosedKind Kind, string Question, string Expected, string Answer, string Blind)
{
    /// <summary>Whether the model's answer is the right one, letter by letter.</summary>
    public bool IsRight => Answer == Expected;

    /// <summary>Whether a guess would have been.</summary>
    public bool IsGuessed => Blind == Expected;
}
