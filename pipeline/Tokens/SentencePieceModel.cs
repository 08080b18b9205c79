namespace VisualChat.Pipeline.Tokens;

/// <summary>The part of a SentencePiece model file that encoding and decoding depend on.</summary>
internal sealed record SentencePieceModel
{
    /// <summary>[vocabulary] The pieces by id.</summary>
    public required SentencePiece[] Pieces { get; init; }

    /// <summary>Whether a space is put before the text.</summary>
    public required bool AddDummyPrefix { get; init; }

    /// <summary>What an unknown id is decoded to.</summary>
    public required string UnknownSurface { get; init; }

    /// <summary>Id of the control piece that begins a sentence.</summary>
    public required int BosId { get; init; }

    /// <summary>Id of the control piece that ends a sentence.</summary>
    public required int EosId { get; init; }
}
