namespace VisualChat.Pipeline.Training;

/// <summary>What a checkpoint says of one of its files, so that a damaged one is found before it is trained on.</summary>
/// <param name="Bytes">Its size.</param>
/// <param name="Sha256">SHA-256 of its bytes, in hex.</param>
public sealed record CheckpointFile(long Bytes, string Sha256);
