namespace VisualChat.Pipeline.Training;

/// <summary>
/// What a checkpoint records about one of its files, so that damage is found before it is trained
/// on.
/// </summary>
/// <param name="Sha256">SHA-256 of its bytes, in hex.</param>
internal sealed record CheckpointFile(long Bytes, string Sha256);
