namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>The server's state.</summary>
/// <param name="Status"><c>loading</c> until the model is open, then <c>ok</c>.</param>
/// <param name="Requests">Requests that are being answered or wait.</param>
internal sealed record Health(string Status, int Requests);
