namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>How the server is.</summary>
/// <param name="Status"><c>ok</c>, or <c>loading</c> until the model is there.</param>
/// <param name="Requests">Requests that are being answered or wait.</param>
internal sealed record Health(string Status, int Requests);
