namespace VisualChat.Integration.Tests.Serving;

/// <summary>A test that runs OpenAI's own client.</summary>
public sealed class OpenAiClientFactAttribute : FactAttribute
{
    /// <summary>Skipped without it.</summary>
    public OpenAiClientFactAttribute() =>
        Skip = RequiredTools.SkipUnless(
            OpenAiClientTests.ClientFolder is not null,
            "node, and VISUALCHAT_OPENAI_CLIENT=DIR where 'npm install openai' was run in DIR");
}
