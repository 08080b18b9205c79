using TorchSharp;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>The device a model computes on.</summary>
public static class ComputeDevice
{
    /// <summary><c>cuda</c> if libtorch sees a GPU, else <c>cpu</c>. Loads libtorch.</summary>
    /// <exception cref="ModelException">libtorch cannot be loaded.</exception>
    public static string Default()
    {
        TorchNatives.EnsureLoadable();
        return torch.cuda.is_available() ? "cuda" : "cpu";
    }
}
