using VisualChat.Model.Errors;

namespace VisualChat.Pipeline.Serving.Protocol;

/// <summary>
/// A request that is not answered. Its client gets the HTTP status and OpenAI's error body.
/// </summary>
/// <param name="status">The HTTP status.</param>
/// <param name="message">What is wrong, where, and what to do.</param>
internal sealed class ApiException(int status, string message) : Exception(message)
{
    private const string InvalidRequestType = "invalid_request_error";
    private const string ServerErrorType = "server_error";

    /// <summary>The HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>The error's kind.</summary>
    public string Type { get; init; } = InvalidRequestType;

    /// <summary>
    /// The field that is wrong, such as <c>messages[1].content</c>; null if it is none.
    /// </summary>
    public string? Parameter { get; init; }

    /// <summary>The error's name for programs; null where OpenAI has none either.</summary>
    public string? Code { get; init; }

    /// <summary>When to try again; null if that changes nothing.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>A value that cannot be used.</summary>
    public static ApiException WrongValue(string parameter, string message, string code = "invalid_value") =>
        new(400, $"Invalid '{parameter}': {message}") { Parameter = parameter, Code = code };

    /// <summary>A value whose type is not the field's.</summary>
    public static ApiException WrongType(string parameter, string expected, string found) =>
        new(400, $"Invalid type for '{parameter}': expected {expected}, but got {found} instead.")
        {
            Parameter = parameter,
            Code = "invalid_type",
        };

    /// <summary>A required field that is missing.</summary>
    public static ApiException Missing(string parameter) =>
        new(400, $"Missing required parameter: '{parameter}'.")
        {
            Parameter = parameter,
            Code = "missing_required_parameter",
        };

    /// <summary>A model that is not the served one.</summary>
    public static ApiException UnknownModel(string name) =>
        new(404, $"The model '{Shortened(name)}' does not exist; GET {Paths.Models} lists what does.")
        {
            Parameter = "model",
            Code = "model_not_found",
        };

    /// <summary>A path where there is nothing.</summary>
    public static ApiException UnknownPath(string path) =>
        new(
            404,
            $"There is nothing at {Shortened(path)}. " +
            $"There are /, {Paths.Health}, {Paths.Models} and {Paths.Completions}.")
        {
            Code = "unknown_url",
        };

    /// <summary>A method that a path does not know.</summary>
    public static ApiException WrongMethod(string method, string path, string known) =>
        new(405, $"Not allowed to {Shortened(method)} on {Shortened(path)}; use {known}.")
        {
            Code = "method_not_allowed",
        };

    /// <summary>All places are taken.</summary>
    public static ApiException Busy(int places) =>
        new(429, $"The model is busy: {places} requests are being answered or wait. Try again soon.")
        {
            Type = "requests",
            Code = "rate_limit_exceeded",
            RetryAfter = TimeSpan.FromSeconds(1),
        };

    /// <summary>The memory for bodies is spent.</summary>
    public static ApiException NoMemory(long bytes) =>
        new(
            503,
            $"Requests of other clients fill the {bytes:N0} bytes that bodies may take together. "
            + "Try again soon, or with smaller images.")
        {
            Type = ServerErrorType,
            Code = "server_overloaded",
            RetryAfter = TimeSpan.FromSeconds(2),
        };

    /// <summary>An answer that the model could not compute.</summary>
    /// <returns>Null for a defect of the program, which is no business of the client.</returns>
    public static ApiException? OfAnswer(Exception exception) => exception switch
    {
        ApiException known => known,
        ModelException model => ServerError(model.Message),
        DeviceMemoryException full => new ApiException(503, full.Message)
        {
            Type = ServerErrorType,
            Code = "out_of_memory",
            RetryAfter = TimeSpan.FromSeconds(2),
        },
        _ => null,
    };

    /// <summary>A body that does not arrive in time.</summary>
    public static ApiException TooSlow(string how) =>
        new(408, $"The body came too slowly: {how}.") { Code = "request_timeout" };

    /// <summary>The server ends.</summary>
    public static ApiException Stopping() =>
        new(503, "The server is being stopped.")
        {
            Type = ServerErrorType,
            Code = "server_stopping",
            RetryAfter = TimeSpan.FromSeconds(10),
        };

    /// <summary>A failure that is not the client's fault.</summary>
    public static ApiException ServerError(string message) => new(500, message) { Type = ServerErrorType };

    private static string Shortened(string text) => text.Length <= 100 ? text : text[..100];
}
