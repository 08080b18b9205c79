namespace VisualChat.Pipeline.Serving.Requests;

/// <summary>An image of a request: its bytes, or where to fetch them.</summary>
/// <param name="Path">
/// The field it stands in, such as <c>messages[1].content[0].image_url.url</c>.
/// </param>
/// <param name="Bytes">The encoded image; null if it has to be fetched.</param>
/// <param name="Url">Where to fetch it from; null if it came with the request.</param>
internal sealed record RequestImage(string Path, byte[]? Bytes, Uri? Url);
