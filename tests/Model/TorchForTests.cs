using System.Runtime.CompilerServices;
using TorchSharp;
using VisualChat.Model.Native;

namespace VisualChat.Model.Tests;

internal static class TorchForTests
{
    /// <summary>The tensors of tests are small: a second thread costs more than it gives.</summary>
    [ModuleInitializer]
    internal static void Start()
    {
        TorchNatives.Register();
        TorchNatives.EnsureLoadable();
        torch.set_num_threads(1);
    }
}
