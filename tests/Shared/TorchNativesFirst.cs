using System.Runtime.CompilerServices;
using VisualChat.Model.Native;

namespace VisualChat.Tests;

internal static class TorchNativesFirst
{
    /// <summary>A test or benchmark may use TorchSharp before anything of the model.</summary>
#pragma warning disable CA2255 // The one place that runs before every test.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Register() => TorchNatives.Register();
}
