using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Tokens;

public sealed class LoadingTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), $"{Guid.NewGuid():N}.model");

    public void Dispose() => File.Delete(_path);

    [Fact]
    public void The_models_size_marks_and_fingerprint_are_read()
    {
        SentencePieceTokenizer tokenizer = TokenData.Llama2;
        tokenizer.VocabularySize.Should().Be(32_000);
        tokenizer.BosId.Should().Be(1);
        tokenizer.EosId.Should().Be(2);
        tokenizer.Fingerprint.Should().Be("9e556afd44213b6bd1be2b850ebbbd98f5481437a8021afaf58ee7fb1818d347");
    }

    [Fact]
    public void The_quick_start_has_a_vocabulary_of_its_own()
    {
        SentencePieceTokenizer tokenizer = TokenData.Tokenizer("quickstart");
        tokenizer.VocabularySize.Should().Be(1_500);
        tokenizer.BosId.Should().Be(1);
        tokenizer.EosId.Should().Be(2);
    }

    [Fact]
    public void A_small_model_is_read() => Load(new ModelFile()).VocabularySize.Should().Be(260);

    [Theory]
    [InlineData("version https://git-lfs.github.com/spec/v1\nsize 499723\n", "it is a Git LFS pointer, *")]
    [InlineData("<html>sign in</html>", "it is a web page, *")]
    [InlineData("""{"version":"1.0","model":{"type":"BPE"}}""", "it is JSON text; *")]
    [InlineData("", "it is empty; download it again")]
    public void A_file_in_place_of_a_model_is_named_for_what_it_is(string content, string what)
    {
        File.WriteAllText(_path, content);
        Action act = () => SentencePieceTokenizer.Load(_path);
        act.Should().Throw<InputException>().WithMessage($"{_path}: not a SentencePiece model ({what}). Give the *");
    }

    [Fact]
    public void A_folder_without_a_model_is_told()
    {
        string folder = Directory.CreateTempSubdirectory("visualchat-").FullName;
        Action act = () => SentencePieceTokenizer.Load(folder);
        act.Should().Throw<InputException>().WithMessage(
            $"{folder}: the tokenizer cannot be read (it is a folder that has no tokenizer.model; *");
        Directory.Delete(folder);
    }

    public static TheoryData<string, string> Unsupported() => new()
    {
        { "unigram", "it is a unigram model, not BPE" },
        { "suffix", "it treats whitespace as a suffix" },
        { "fallback", "it has no byte fallback" },
        { "characters", "it normalises characters" },
        { "decoding", "it denormalises characters" },
        { "extra", "it removes extra whitespace" },
        { "escape", "it does not escape whitespace" },
        { "user", "piece 259 'a' is user defined" },
        { "unused", "piece 259 'a' is of a kind that is not supported" },
        { "twice", "piece 260 repeats 'a'" },
        { "empty", "piece 259 is empty" },
        { "score", "piece 259 'a' has no score" },
        { "mark", "piece 3 'x' is a mark spelt as one character" },
        { "bytes", "it has pieces for 255 of the 256 bytes" },
        { "byte", "piece 259 '<0xa>' names no byte" },
        { "bos", "no control piece '<s>' begins a sentence" },
        { "eos", "no control piece '</s>' ends a sentence" },
        { "unknown", "it has 0 unknown pieces instead of 1" },
    };

    [Theory]
    [MemberData(nameof(Unsupported))]
    public void A_model_that_cannot_be_encoded_exactly_is_refused(string change, string problem)
    {
        var right = new ModelFile();
        ModelFile wrong = change switch
        {
            "unigram" => right with { ModelType = 1 },
            "suffix" => right with { WhitespaceIsSuffix = true },
            "fallback" => right with { ByteFallback = false },
            "characters" => right with { CharacterMap = "map" },
            "decoding" => right with { DecodingCharacterMap = "map" },
            "extra" => right with { RemoveExtraWhitespaces = true },
            "escape" => right with { EscapeWhitespaces = false },
            "user" => right with { Pieces = [("a", 0, 4)] },
            "unused" => right with { Pieces = [("a", 0, 5)] },
            "twice" => right with { Pieces = [("a", 0, 1), ("a", 0, 1)] },
            "empty" => right with { Pieces = [("", 0, 1)] },
            "score" => right with { Pieces = [("a", float.NaN, 1)] },
            "mark" => right with { Marks = [.. right.Marks, ("x", 3)] },
            "bytes" => right with { Bytes = 255 },
            "byte" => right with { Pieces = [("<0xa>", 0, 6)] },
            "bos" => right with { Marks = [("<unk>", 2), ("</s>", 3)] },
            "eos" => right with { Marks = [("<unk>", 2), ("<s>", 3)] },
            _ => right with { Marks = [("<s>", 3), ("</s>", 3)] },
        };
        this.Invoking(test => test.Load(wrong)).Should().Throw<InputException>()
            .Which.Problems.Should().ContainSingle().Which.Should().StartWith(_path).And.Contain(problem);
    }

    [Theory]
    [InlineData("")]
    [InlineData("{\"model\": {\"type\": \"BPE\"}}")]
    [InlineData("\n\u0003ab")]
    public void A_file_that_is_no_SentencePiece_model_is_refused(string content)
    {
        File.WriteAllText(_path, content);
        FluentActions.Invoking(() => SentencePieceTokenizer.Load(_path)).Should().Throw<InputException>()
            .WithMessage($"{_path}: not a SentencePiece model*");
    }

    [Fact]
    public void A_piece_that_is_not_UTF8_is_refused()
    {
        File.WriteAllBytes(_path, [0x0A, 0x03, 0x0A, 0x01, 0xFF]);
        FluentActions.Invoking(() => SentencePieceTokenizer.Load(_path)).Should().Throw<InputException>()
            .WithMessage($"{_path}: not a SentencePiece model*");
    }

    [Fact]
    public void A_file_that_is_not_there_is_named() =>
        FluentActions.Invoking(() => SentencePieceTokenizer.Load(_path))
            .Should().Throw<InputException>().WithMessage($"{_path}: the tokenizer cannot be read*");

    private SentencePieceTokenizer Load(ModelFile model)
    {
        File.WriteAllBytes(_path, model.ToBytes());
        return SentencePieceTokenizer.Load(_path);
    }
}
