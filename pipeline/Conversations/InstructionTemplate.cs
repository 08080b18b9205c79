using System.Text;

namespace VisualChat.Pipeline.Conversations;

/// <summary>
/// The instruction template: <c>### Image {n}:\n&lt;image&gt;</c> for each image, a newline apart,
/// then <c>### Question:\n{question}</c> and <c>### Answer:\n{answer}</c>, each after an empty
/// line. The system prompt opens the conversation.
/// </summary>
/// <param name="system">The system prompt; empty for none.</param>
internal sealed class InstructionTemplate(string system)
{
    /// <summary>Lays out one round up to where its answer begins.</summary>
    /// <param name="question">The question, as text.</param>
    /// <param name="images">Images the round shows.</param>
    /// <param name="imagesBefore">Images shown earlier in the conversation.</param>
    /// <param name="isFirst">Whether the round opens the conversation.</param>
    public Instruction LayOut(string question, int images, int imagesBefore, bool isFirst)
    {
        var segments = new string[images + 1];
        var segment = new StringBuilder();
        if (isFirst && system.Length > 0)
            segment.Append(system).Append("\n\n");
        for (int image = 0; image < images; image++)
        {
            if (image > 0)
                segment.Append('\n');
            segment.Append("### Image ").Append(imagesBefore + image + 1).Append(":\n");
            segments[image] = segment.ToString();
            segment.Clear();
        }

        if (images > 0)
            segment.Append("\n\n");
        segment.Append("### Question:\n").Append(question).Append("\n\n### Answer:\n");
        segments[images] = segment.ToString();
        return new Instruction(segments);
    }
}
