namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>Where the API is.</summary>
internal static class Paths
{
    public const string Health = "/health";
    public const string Models = "/v1/models";
    public const string Completions = "/v1/chat/completions";
}
