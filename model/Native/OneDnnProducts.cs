using TorchSharp;
using static TorchSharp.torch;

namespace VisualChat.Model.Native;

/// <summary>Matrix products that oneDNN computes: those of 16 bits on a CPU.</summary>
/// <remarks>
/// For each new shape oneDNN compiles a kernel, which takes milliseconds, and keeps it. So callers
/// use few shapes, or compute in float32.
/// </remarks>
internal static class OneDnnProducts
{
    /// <summary>True if a product with this tensor compiles a kernel for its shape.</summary>
    public static bool CompilesPerShape(this Tensor x) => CompilePerShape(x.dtype, x.device);

    /// <summary>True if products with tensors of a type on a device do.</summary>
    public static bool CompilePerShape(ScalarType type, Device device) =>
        device.type == DeviceType.CPU && type is (ScalarType.BFloat16 or ScalarType.Float16);
}
