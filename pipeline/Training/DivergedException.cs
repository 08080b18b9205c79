using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Training;

/// <summary>
/// A training whose loss or gradient stays not finite: on a CPU it would end so again.
/// </summary>
internal sealed class DivergedException(string message) : WorkException(message);
