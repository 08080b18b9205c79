using System.Globalization;
using System.Text;
using Google.Protobuf;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Tokens;

/// <summary>
/// Reads a SentencePiece <c>.model</c> file: a protocol buffer, field numbers as in
/// <c>sentencepiece_model.proto</c>. A model with a setting that
/// <see cref="SentencePieceTokenizer"/> does not reproduce exactly is refused here, never encoded
/// nearly right.
/// </summary>
internal static class SentencePieceModelReader
{
    private const int ByteCount = 256;
    private const int ModelTypeUnigram = 1;
    private const int ModelTypeBpe = 2;
    private const string Remedy = "Give the tokenizer.model that came with the language model.";

    private static readonly UTF8Encoding StrictUtf8 =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>Parses the bytes of a model file.</summary>
    /// <param name="path">The file's name, for messages.</param>
    /// <param name="file">Its bytes.</param>
    /// <exception cref="InputException">
    /// The file is not a SentencePiece model, or cannot be encoded exactly; every reason is listed.
    /// </exception>
    public static SentencePieceModel Read(string path, byte[] file)
    {
        var pieces = new List<SentencePiece>();
        var trainer = new TrainerSettings();
        var normalizer = new NormalizerSettings();
        var denormalizer = new NormalizerSettings();
        try
        {
            using var input = new CodedInputStream(file);
            for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                switch (WireFormat.GetTagFieldNumber(tag))
                {
                    case 1:
                        pieces.Add(ReadPiece(input.ReadBytes()));
                        break;
                    case 2:
                        trainer = ReadTrainer(input.ReadBytes());
                        break;
                    case 3:
                        normalizer = ReadNormalizer(input.ReadBytes());
                        break;
                    case 5:
                        denormalizer = ReadNormalizer(input.ReadBytes());
                        break;
                    default:
                        input.SkipLastField();
                        break;
                }
            }
        }
        catch (Exception exception) when (exception is InvalidProtocolBufferException or DecoderFallbackException)
        {
            throw NotAModel(path, file, exception.Message);
        }

        if (pieces.Count == 0)
            throw NotAModel(path, file, "it holds no pieces");

        int bosId = FindControl(pieces, trainer.BosPiece);
        int eosId = FindControl(pieces, trainer.EosPiece);
        List<string> problems =
        [
            .. ProblemsOf(trainer),
            .. ProblemsOf(normalizer, denormalizer),
            .. ProblemsOf(pieces),
        ];
        if (bosId < 0)
            problems.Add($"no control piece '{trainer.BosPiece}' begins a sentence");
        if (eosId < 0)
            problems.Add($"no control piece '{trainer.EosPiece}' ends a sentence");
        if (problems.Count > 0)
        {
            throw new InputException([.. problems.Select(problem =>
                $"{path}: this SentencePiece model cannot be encoded exactly: {problem}.")]);
        }

        return new SentencePieceModel
        {
            Pieces = [.. pieces],
            AddDummyPrefix = normalizer.AddDummyPrefix,
            UnknownSurface = trainer.UnknownSurface,
            BosId = bosId,
            EosId = eosId,
        };
    }

    /// <summary>
    /// The byte that a piece such as <c>&lt;0x0A&gt;</c> stands for; -1: the text names none.
    /// </summary>
    public static int ByteOf(string piece) =>
        piece.Length == 6 && piece.StartsWith("<0x", StringComparison.Ordinal) && piece[5] == '>'
        && byte.TryParse(piece.AsSpan(3, 2), NumberStyles.AllowHexSpecifier, null, out byte value)
        && piece.AsSpan(3, 2).SequenceEqual(value.ToString("X2"))
            ? value
            : -1;

    private static InputException NotAModel(string path, byte[] file, string problem)
    {
        string? what = ForeignContents.Describe(file.AsSpan(0, Math.Min(file.Length, ForeignContents.HeadBytes)));
        return new InputException(
            $"{path}: not a SentencePiece model ({(what is null ? problem : $"it is {what}")}). {Remedy}");
    }

    private static SentencePiece ReadPiece(ByteString message)
    {
        string text = "";
        float score = 0;
        var kind = PieceKind.Normal;
        using CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 1:
                    text = ReadText(input);
                    break;
                case 2:
                    score = input.ReadFloat();
                    break;
                case 3:
                    kind = (PieceKind)input.ReadEnum();
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return new SentencePiece(text, score, kind);
    }

    private static TrainerSettings ReadTrainer(ByteString message)
    {
        var settings = new TrainerSettings();
        using CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 3:
                    settings = settings with { ModelType = input.ReadEnum() };
                    break;
                case 24:
                    settings = settings with { WhitespaceIsSuffix = input.ReadBool() };
                    break;
                case 35:
                    settings = settings with { ByteFallback = input.ReadBool() };
                    break;
                case 44:
                    settings = settings with { UnknownSurface = ReadText(input) };
                    break;
                case 46:
                    settings = settings with { BosPiece = ReadText(input) };
                    break;
                case 47:
                    settings = settings with { EosPiece = ReadText(input) };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return settings;
    }

    private static NormalizerSettings ReadNormalizer(ByteString message)
    {
        var settings = new NormalizerSettings();
        using CodedInputStream input = message.CreateCodedInput();
        for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
        {
            switch (WireFormat.GetTagFieldNumber(tag))
            {
                case 2:
                    settings = settings with { CharacterMapBytes = input.ReadBytes().Length };
                    break;
                case 3:
                    settings = settings with { AddDummyPrefix = input.ReadBool() };
                    break;
                case 4:
                    settings = settings with { RemoveExtraWhitespaces = input.ReadBool() };
                    break;
                case 5:
                    settings = settings with { EscapeWhitespaces = input.ReadBool() };
                    break;
                default:
                    input.SkipLastField();
                    break;
            }
        }

        return settings;
    }

    private static string ReadText(CodedInputStream input) => StrictUtf8.GetString(input.ReadBytes().Span);

    private static int FindControl(List<SentencePiece> pieces, string text) =>
        pieces.FindIndex(piece => piece.Kind == PieceKind.Control && piece.Text == text);

    private static IEnumerable<string> ProblemsOf(TrainerSettings trainer)
    {
        string type = trainer.ModelType == ModelTypeUnigram ? "unigram" : "word or character";
        if (trainer.ModelType != ModelTypeBpe)
            yield return $"it is a {type} model, not BPE";
        if (trainer.WhitespaceIsSuffix)
            yield return "it treats whitespace as a suffix";
        if (!trainer.ByteFallback)
            yield return "it has no byte fallback";
    }

    private static IEnumerable<string> ProblemsOf(NormalizerSettings normalizer, NormalizerSettings denormalizer)
    {
        if (normalizer.CharacterMapBytes > 0)
            yield return "it normalises characters (only the identity normalisation is supported)";
        if (denormalizer.CharacterMapBytes > 0)
            yield return "it denormalises characters";
        if (normalizer.RemoveExtraWhitespaces)
            yield return "it removes extra whitespace";
        if (!normalizer.EscapeWhitespaces)
            yield return "it does not escape whitespace";
    }

    private static IEnumerable<string> ProblemsOf(List<SentencePiece> pieces)
    {
        var texts = new HashSet<string>(StringComparer.Ordinal);
        var bytes = new HashSet<int>();
        int unknowns = 0;
        for (int id = 0; id < pieces.Count; id++)
        {
            (string text, float score, PieceKind kind) = pieces[id];
            if (text.Length == 0)
                yield return $"piece {id} is empty";
            else if (!texts.Add(text))
                yield return $"piece {id} repeats '{text}'";

            // SentencePiece first looks among these kinds for a character that no merge took, so
            // that text would become the mark.
            if (kind is PieceKind.Control or PieceKind.Unknown && IsOneCharacter(text))
                yield return $"piece {id} '{text}' is a mark spelt as one character";
            if (float.IsNaN(score))
                yield return $"piece {id} '{text}' has no score";
            switch (kind)
            {
                case PieceKind.Normal or PieceKind.Control:
                    break;
                case PieceKind.Unknown:
                    unknowns++;
                    break;
                case PieceKind.Byte when ByteOf(text) is >= 0 and int value:
                    bytes.Add(value);
                    break;
                case PieceKind.Byte:
                    yield return $"piece {id} '{text}' names no byte";
                    break;
                case PieceKind.UserDefined:
                    yield return $"piece {id} '{text}' is user defined";
                    break;
                default:
                    yield return $"piece {id} '{text}' is of a kind that is not supported";
                    break;
            }
        }

        if (unknowns != 1)
            yield return $"it has {unknowns} unknown pieces instead of 1";
        if (bytes.Count != ByteCount)
            yield return $"it has pieces for {bytes.Count} of the {ByteCount} bytes";
    }

    private static bool IsOneCharacter(string text) =>
        text.Length == 1 || (text.Length == 2 && char.IsSurrogatePair(text, 0));

    /// <summary>What of <c>TrainerSpec</c> encoding depends on, with its defaults.</summary>
    private sealed record TrainerSettings
    {
        public int ModelType { get; init; } = ModelTypeUnigram;

        public bool WhitespaceIsSuffix { get; init; }

        public bool ByteFallback { get; init; }

        public string UnknownSurface { get; init; } = " ⁇ ";

        public string BosPiece { get; init; } = "<s>";

        public string EosPiece { get; init; } = "</s>";
    }

    /// <summary>What of <c>NormalizerSpec</c> encoding depends on, with its defaults.</summary>
    private sealed record NormalizerSettings
    {
        public int CharacterMapBytes { get; init; }

        public bool AddDummyPrefix { get; init; } = true;

        public bool RemoveExtraWhitespaces { get; init; } = true;

        public bool EscapeWhitespaces { get; init; } = true;
    }
}
