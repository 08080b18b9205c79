using System.Runtime.InteropServices;

namespace VisualChat.Tests;

/// <summary>What TorchSharp throws where libtorch has failed.</summary>
internal sealed class LibtorchFailure(string message) : ExternalException(message);
