using VisualChat.Pipeline.Terminal.Lines;

namespace VisualChat.Pipeline.Tests.Terminal.Lines;

/// <summary>A terminal at which keys were typed before.</summary>
internal sealed class ScriptedTerminal(int columns, IEnumerable<ConsoleKeyInfo> keys) : ITerminal
{
    private readonly Queue<ConsoleKeyInfo> _keys = new(keys);

    public int Columns { get; } = columns;

    public bool HasKey => _keys.Count > 0;

    /// <summary>All that was written.</summary>
    public string Screen { get; private set; } = "";

    public ConsoleKeyInfo ReadKey() => _keys.Dequeue();

    public void Write(string text) => Screen += text;

    /// <summary>
    /// Keys for text, for control characters as a terminal sends them, and for names in angle
    /// brackets such as &lt;Left&gt; and &lt;C-w&gt;.
    /// </summary>
    public static IEnumerable<ConsoleKeyInfo> Keys(string script)
    {
        for (int place = 0; place < script.Length; place++)
        {
            if (script[place] != '<')
            {
                yield return new ConsoleKeyInfo(script[place], 0, false, false, false);
                continue;
            }

            int end = script.IndexOf('>', place);
            string name = script[(place + 1)..end];
            place = end;
            yield return KeyOf(name);
        }
    }

    private static ConsoleKeyInfo KeyOf(string name)
    {
        if (name == "Enter")
            return new ConsoleKeyInfo('\r', ConsoleKey.Enter, false, false, false);
        if (!name.StartsWith("C-", StringComparison.Ordinal))
            return new ConsoleKeyInfo('\0', Enum.Parse<ConsoleKey>(name), false, false, false);
        var key = Enum.Parse<ConsoleKey>(name[2..], ignoreCase: true);
        return new ConsoleKeyInfo((char)(name[2] - 'a' + 1), key, false, false, control: true);
    }
}
