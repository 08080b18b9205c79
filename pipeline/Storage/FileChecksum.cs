namespace VisualChat.Pipeline.Storage;

/// <summary>What is recorded about a file, so that damage is found before it is used.</summary>
/// <param name="Bytes">Its length.</param>
/// <param name="Sha256">SHA-256 of its bytes, in hex.</param>
internal sealed record FileChecksum(long Bytes, string Sha256);
