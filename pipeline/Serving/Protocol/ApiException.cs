namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>A request that is not answered, and what its client is told: an HTTP status and OpenAI's error body.</summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">What is wrong, where, and what to do.</param>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    /// <summary>The <c>type</c> of what the client can put right.</summary>
    public const string InvalidRequest = "invalid_request_error";

    /// <summary>The <c>type</c> of what it cannot.</summary>
    public const string ServerError = "server_error";

    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The error's kind.</summary>
    public string Type { get; init; } = InvalidRequest;

    /// <summary>The field that is wrong, such as <c>messages[1].content</c>; null where it is none.</summary>
    public string? Parameter { get; init; }

    /// <summary>What programs know the error by; null where OpenAI has none either.</summary>
    public string? Code { get; init; }

    /// <summary>When to try again; null where that changes nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A value that cannot be used.</summary>
    public static ApiException WrongValue(string parameter, string message, string code = "invalid_value") =>
        new(400, $"Invalid '{parameter}': {message}") { Parameter = parameter, Code = code };

    /// <summary>A value of another type than the field's.</summary>
    public static ApiException WrongType(string parameter, string expected, string found) =>
        new(400, $"Invalid type for '{parameter}': expected {expected}, but got {found} instead.") { Parameter = parameter, Code = "invalid_type" };

    /// <summary>A field that is not there.</summary>
    public static ApiException Missing(string parameter) =>
        new(400, $"Missing required parameter: '{parameter}'.") { Parameter = parameter, Code = "missing_required_parameter" };

    /// <summary>No more room.</summary>
    public static ApiException Busy(int places) => new(429, $"The model is busy: {places} requests are being answered or wait. Try again soon.")
    {
        Type = "requests",
        Code = "rate_limit_exceeded",
        RetryAfter = TimeSpan.FromSeconds(1),
    };

    /// <summary>The server ends.</summary>
    public static ApiException Stopping() => new(503, "The server is being stopped.") { Type = ServerError, Code = "server_stopping", RetryAfter = TimeSpan.FromSeconds(10) };
}
