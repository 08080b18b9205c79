using VisualChat.Model.Errors;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Terminal.Lines;

namespace VisualChat.Pipeline.Terminal.Chat;

/// <summary>A conversation with a person: lines in, answers out, one after the other.</summary>
internal sealed class ChatLoop
{
    /// <summary>The commands, each with its slash.</summary>
    public static readonly IReadOnlyList<string> Commands =
        ["/help", "/image", "/images", "/undo", "/clear", "/save", "/quit"];

    private const string Help = """
        Type a question. Images come with it as paths, dropped or typed (Tab completes
        them): before the question or after it they are taken out of its text; inside
        a sentence a path becomes 'image 3', the number by which the model knows it.
        Earlier images stay in view.

        /image PATH...   add images to the next question
        /images          list the images and their numbers
        /undo            take back the images added last, or the last round
        /clear           begin a new conversation
        /save FILE       write the conversation to FILE.md or FILE.json
        /quit            leave, as Ctrl-D does

        Ctrl-C stops an answer. Up and Down bring back earlier lines.
        """;

    private readonly List<ChatRound> _rounds = [];
    private readonly List<ChatImage> _added = [];

    // Files that /save wrote and may overwrite.
    private readonly HashSet<string> _saved = [];

    public required string Model { get; init; }

    public required string Checkpoint { get; init; }

    public required ChatEngine Engine { get; init; }

    public required ChatImages Images { get; init; }

    public required ImageFiles Files { get; init; }

    public required AnswerSettings Settings { get; init; }

    /// <summary>What the person types.</summary>
    public required ILineSource Lines { get; init; }

    /// <summary>Receives the answers.</summary>
    public required TextWriter Answers { get; init; }

    /// <summary>Receives everything else.</summary>
    public required TextWriter Notes { get; init; }

    /// <summary>Ctrl-C, which stops an answer.</summary>
    public required Interrupts Interrupts { get; init; }

    /// <summary>
    /// True when a person is at the terminal. Then a stopped answer does not end the chat, and a
    /// blank line separates answer and question.
    /// </summary>
    public bool IsWatched { get; init; }

    /// <summary>The conversation as it stands.</summary>
    public ConversationFile Conversation => new(Model, Checkpoint, Settings, _rounds);

    private int ImageCount => _rounds.Sum(round => round.Images.Count) + _added.Count;

    private string LinePrompt => _added.Count switch
    {
        0 => "> ",
        1 => "[1 image] > ",
        _ => $"[{_added.Count} images] > ",
    };

    /// <summary>Adds images to the next question.</summary>
    /// <exception cref="InputException">One of them cannot be used; none was added.</exception>
    public void Add(IReadOnlyList<string> paths)
    {
        ChatImage[] images = [.. paths.Select(Images.FromFile)];
        foreach (ChatImage image in images)
        {
            _added.Add(image);
            Note($"Image {ImageCount}: {image.Source}");
        }
    }

    /// <summary>Talks until the person leaves.</summary>
    /// <returns>False if an answer was stopped and that ended it.</returns>
    public bool Run()
    {
        while (true)
        {
            (LineEnd end, string line) = Lines.Read(LinePrompt);
            string text = line.Trim();
            if (end == LineEnd.NoMore || text == "/quit")
                return true;
            if (end == LineEnd.GivenUp)
                Note("Ctrl-D leaves, and so does /quit.");
            else if (text.Length > 0 && !Take(text) && !IsWatched)
                return false;
        }
    }

    // False if an answer was stopped.
    private bool Take(string line)
    {
        try
        {
            string name = line.Split([' ', '\t', '\n'], 2)[0];
            if (IsCommand(name))
            {
                Command(name, line[name.Length..].Trim());
                return true;
            }

            QuestionLine question = QuestionLine.Read(line, Files, ImageCount);
            foreach (string missing in question.Missing)
                Note($"There is no image file '{missing}': it is asked as text.");
            Add(question.Images);
            if (question.Question.Length == 0)
                return true;
            if (question.Images.Count > 0 && line.Contains(question.Question, StringComparison.Ordinal) is false)
                Note($"Asked: {question.Question}");
            return Ask(question.Question);
        }
        catch (Exception exception) when (
            exception is InputException or ModelException or DeviceMemoryException
                or IOException or UnauthorizedAccessException)
        {
            Note(exception.Message);
            return true;
        }
    }

    private bool IsCommand(string word) =>
        word.Length > 1 && word[0] == '/' && word.Skip(1).All(char.IsAsciiLetter) && Files.Find(word) is null;

    // False if the answer was stopped.
    private bool Ask(string question)
    {
        var prompt = new ChatPrompt { Earlier = _rounds, Question = question, Images = _added, Settings = Settings };
        using var stopping = new CancellationTokenSource();
        using ChatAnswer answer = Engine.Begin(prompt);
        using (Interrupts.Take(stopping.Cancel))
        {
            foreach (string piece in answer.Pieces(stopping.Token))
            {
                if (piece.Length == 0)
                    continue;
                Answers.Write(PrintableText.Of(piece));
                Answers.Flush();
            }
        }

        Answers.WriteLine();
        if (answer is { End: AnswerEnd.Cancelled, Text: "" })
        {
            Note("Stopped before the first word: the question was not asked.");
            return false;
        }

        if (IsWatched)
            Answers.WriteLine();
        _rounds.Add(new ChatRound(question, [.. _added], answer.Text));
        _added.Clear();
        if (answer.End == AnswerEnd.Cancelled)
            Note("Stopped.");
        else if (answer.End == AnswerEnd.TokenLimit)
            Note($"Stopped at {Settings.Sampling.MaxNewTokens:N0} tokens, the most of an answer (--max-tokens).");
        else if (answer.End == AnswerEnd.Full)
        {
            Note(
                $"The conversation has the {Engine.MaxTokens:N0} tokens that the model reaches. "
                + "/clear begins a new one.");
        }

        return answer.End != AnswerEnd.Cancelled;
    }

    private void Command(string name, string argument)
    {
        switch (name)
        {
            case "/help":
                Note(Help);
                break;
            case "/image":
                AddNamed(argument);
                break;
            case "/images":
                List();
                break;
            case "/undo":
                Undo();
                break;
            case "/clear":
                _rounds.Clear();
                _added.Clear();
                Note("A new conversation.");
                break;
            case "/save":
                Save(argument);
                break;
            default:
                string? nearest = Spelling.Nearest(name, Commands);
                string hint = nearest is null ? "." : $"; did you mean '{nearest}'?";
                Note($"There is no command '{name}'{hint} /help lists them.");
                break;
        }
    }

    private void AddNamed(string argument)
    {
        if (argument.Length == 0)
        {
            Note("Name the files: /image PATH...");
            return;
        }

        // One path with spaces and no quotes.
        if (Files.FullPath(argument) is { } whole && File.Exists(whole))
        {
            Add([whole]);
            return;
        }

        List<string> paths = [];
        for (int place = 0; place < argument.Length; place++)
        {
            if (char.IsWhiteSpace(argument[place]))
                continue;
            ShellWord word = ShellWord.At(argument, place);
            paths.Add(Files.FullPath(word.Text) ?? word.Text);
            place = word.End;
        }

        Add(paths);
    }

    private void List()
    {
        int number = 0;
        for (int round = 0; round < _rounds.Count; round++)
            foreach (ChatImage image in _rounds[round].Images)
                Note($"Image {++number}, round {round + 1}: {image.Source}");
        foreach (ChatImage image in _added)
            Note($"Image {++number}, for the next question: {image.Source}");
        if (number == 0)
            Note("No images yet: put a path into a question, or /image PATH.");
    }

    private void Undo()
    {
        if (_added.Count > 0)
        {
            string images = _added.Count == 1 ? "image" : $"{_added.Count} images";
            Note($"Took back the {images} of the next question.");
            _added.Clear();
        }
        else if (_rounds.Count > 0)
        {
            Note($"Took back: {_rounds[^1].Question}");
            _rounds.RemoveAt(_rounds.Count - 1);
        }
        else
        {
            Note("There is nothing to take back.");
        }
    }

    private void Save(string argument)
    {
        if (argument.Length == 0)
        {
            Note("Name the file: /save FILE.md or /save FILE.json");
            return;
        }

        ShellWord word = ShellWord.At(argument, 0);
        bool isOneWord = word.OpenQuote is null && word.End == argument.Length;
        string path = Files.FullPath(isOneWord ? word.Text : argument) ?? argument;
        if (File.Exists(path) && !_saved.Contains(path))
            throw new InputException($"'{path}' is there already: take another name.");
        Conversation.Write(path);
        _ = _saved.Add(path);
        Note($"Saved {(_rounds.Count == 1 ? "1 round" : $"{_rounds.Count} rounds")}: {path}");
    }

    private void Note(string text) => Notes.WriteLine(PrintableText.Of(text));
}
