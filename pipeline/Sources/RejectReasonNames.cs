using System.Text;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// The reject reasons as they are written to <c>rejects.jsonl</c> and <c>manifest.json</c>.
/// </summary>
internal static class RejectReasonNames
{
    private static readonly string[] Names = Array.ConvertAll(Enum.GetNames<RejectReason>(), ToKebabCase);

    /// <summary>The reason in kebab case: <c>image-missing</c>.</summary>
    public static string ToName(this RejectReason reason) => Names[(int)reason];

    /// <summary>The reason of a name written by <see cref="ToName"/>.</summary>
    /// <exception cref="FormatException">No reason has that name.</exception>
    public static RejectReason Parse(string name) =>
        Array.IndexOf(Names, name) is >= 0 and int index
            ? (RejectReason)index
            : throw new FormatException($"'{name}' is not a reject reason.");

    private static string ToKebabCase(string name)
    {
        var text = new StringBuilder();
        foreach (char letter in name)
        {
            if (char.IsUpper(letter) && text.Length > 0)
                text.Append('-');
            text.Append(char.ToLowerInvariant(letter));
        }

        return text.ToString();
    }
}
