namespace VisualChat.Pipeline.Chat;

/// <summary>
/// An image of a conversation, as the model sees it. Made by <see cref="ChatImages"/>.
/// </summary>
/// <param name="Crop">[S, S, 3] Red, green, blue.</param>
/// <param name="Digest">
/// SHA-256 of the crop, in hexadecimal. Images with the same digest are the same to the model.
/// </param>
/// <param name="Source">
/// The path or name it was given by. It may hold control characters: never print it as it is.
/// </param>
internal sealed record ChatImage(ReadOnlyMemory<byte> Crop, string Digest, string Source);
