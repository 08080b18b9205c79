namespace VisualChat.Pipeline.Comparing;

/// <summary>
/// One <c>--vary KEY=VALUE,VALUE,...</c>: a recipe's key and the values that it takes in turn.
/// </summary>
/// <param name="Key">The key's path: <c>model.attention</c>.</param>
/// <param name="Values">Each as YAML, as it was given.</param>
internal sealed record VariedKey(string Key, IReadOnlyList<string> Values)
{
    /// <summary>The key's last word, as labels of several keys have it.</summary>
    public string ShortName => Key[(Key.LastIndexOf('.') + 1)..];

    /// <summary>
    /// Reads an option's value. Commas inside brackets, braces and quotes belong to a value:
    /// <c>model.trainable=[projection],[projection, embeddings]</c>.
    /// </summary>
    /// <param name="given">What follows <c>--vary</c>.</param>
    /// <param name="problems">Receives what is wrong with it.</param>
    /// <returns>Null if something is.</returns>
    public static VariedKey? Read(string given, List<string> problems)
    {
        int equals = given.IndexOf('=', StringComparison.Ordinal);
        string key = equals < 0 ? "" : given[..equals].Trim();
        if (key.Length == 0)
        {
            problems.Add($"--vary {given}: write KEY=VALUE,VALUE, such as --vary model.attention=mmca,causal");
            return null;
        }

        List<string> values = ValuesIn(given[(equals + 1)..]);
        if (values.Any(value => value.Length == 0))
        {
            problems.Add($"--vary {given}: a value is empty; write null where a key is to have none");
            return null;
        }

        if (values.Distinct().Count() < values.Count)
        {
            problems.Add($"--vary {given}: a value is there twice");
            return null;
        }

        return new VariedKey(key, values);
    }

    private static List<string> ValuesIn(string text)
    {
        var values = new List<string>();
        int depth = 0, first = 0;
        char quote = '\0';
        for (int at = 0; at < text.Length; at++)
        {
            char letter = text[at];
            if (quote != '\0')
                quote = letter == quote ? '\0' : quote;
            else if (letter is '"' or '\'')
                quote = letter;
            else if (letter is '[' or '{')
                depth++;
            else if (letter is ']' or '}')
                depth--;
            else if (letter == ',' && depth <= 0)
            {
                values.Add(text[first..at].Trim());
                first = at + 1;
            }
        }

        values.Add(text[first..].Trim());
        return values;
    }
}
