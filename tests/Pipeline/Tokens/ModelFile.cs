using System.Text;
using Google.Protobuf;

namespace VisualChat.Pipeline.Tests.Tokens;

/// <summary>Writes small SentencePiece models, right ones and wrong ones.</summary>
internal sealed record ModelFile
{
    public IReadOnlyList<(string Text, float Score, int Kind)> Pieces { get; init; } = [("a", 0, 1)];

    public IReadOnlyList<(string Text, int Kind)> Marks { get; init; } = [("<unk>", 2), ("<s>", 3), ("</s>", 3)];

    public int Bytes { get; init; } = 256;

    public int ModelType { get; init; } = 2;

    public bool WhitespaceIsSuffix { get; init; }

    public bool ByteFallback { get; init; } = true;

    public string CharacterMap { get; init; } = "";

    public string DecodingCharacterMap { get; init; } = "";

    public bool AddDummyPrefix { get; init; } = true;

    public bool RemoveExtraWhitespaces { get; init; }

    public bool EscapeWhitespaces { get; init; } = true;

    /// <summary>Id of the first of <see cref="Pieces"/>.</summary>
    public int FirstId => Marks.Count + Bytes;

    public byte[] ToBytes()
    {
        IEnumerable<(string, float, int)> all =
        [
            .. Marks.Select(mark => (mark.Text, 0f, mark.Kind)),
            .. Enumerable.Range(0, Bytes).Select(value => ($"<0x{value:X2}>", 0f, 6)),
            .. Pieces,
        ];
        return Message(model =>
        {
            foreach ((string text, float score, int kind) in all)
            {
                Nest(model, 1, piece =>
                {
                    Text(piece, 1, text);
                    piece.WriteTag(2, WireFormat.WireType.Fixed32);
                    piece.WriteFloat(score);
                    Number(piece, 3, kind);
                });
            }

            Nest(model, 2, trainer =>
            {
                Number(trainer, 3, ModelType);
                Number(trainer, 24, WhitespaceIsSuffix ? 1 : 0);
                Number(trainer, 35, ByteFallback ? 1 : 0);
            });
            Nest(model, 3, normalizer =>
            {
                Text(normalizer, 2, CharacterMap);
                Number(normalizer, 3, AddDummyPrefix ? 1 : 0);
                Number(normalizer, 4, RemoveExtraWhitespaces ? 1 : 0);
                Number(normalizer, 5, EscapeWhitespaces ? 1 : 0);
            });
            Nest(model, 5, denormalizer => Text(denormalizer, 2, DecodingCharacterMap));
        });
    }

    private static byte[] Message(Action<CodedOutputStream> write)
    {
        using var stream = new MemoryStream();
        using (var output = new CodedOutputStream(stream, leaveOpen: true))
            write(output);
        return stream.ToArray();
    }

    private static void Nest(CodedOutputStream output, int field, Action<CodedOutputStream> write)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(Message(write)));
    }

    private static void Text(CodedOutputStream output, int field, string text)
    {
        output.WriteTag(field, WireFormat.WireType.LengthDelimited);
        output.WriteBytes(ByteString.CopyFrom(text, Encoding.UTF8));
    }

    private static void Number(CodedOutputStream output, int field, int value)
    {
        output.WriteTag(field, WireFormat.WireType.Varint);
        output.WriteInt32(value);
    }
}
