using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Native;

/// <summary>The products that oneDNN makes: those of 16 bits on a CPU. For each shape it has not met it generates code, at a cost of milliseconds, and keeps it.</summary>
internal static class OneDnnProducts
{
    /// <summary>Whether products of a tensor's type, where it is, are oneDNN's: callers keep their shapes few, or compute in float32.</summary>
    public static bool CompilesPerShape(this Tensor x) => x.device.type == DeviceType.CPU && x.dtype is (ScalarType.BFloat16 or ScalarType.Float16);
}
