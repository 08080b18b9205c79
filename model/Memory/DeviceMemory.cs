using System.Globalization;
using VisualChat.Model.Native;

namespace VisualChat.Model.Memory;

/// <summary>What is free on a device.</summary>
public static class DeviceMemory
{
    /// <summary>Asks the device.</summary>
    /// <param name="device"><c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</param>
    /// <returns>Null if it does not say.</returns>
    /// <exception cref="Errors.ModelException">There is no such device.</exception>
    public static FreeMemory? Of(string device)
    {
        ArgumentNullException.ThrowIfNull(device);
        if (device == "cpu")
            return HostMemory.OfMachine();
        ComputeDevice.Require(device);
        int colon = device.IndexOf(':', StringComparison.Ordinal);
        return CudaRuntime.Memory(colon < 0 ? 0 : int.Parse(device[(colon + 1)..], NumberStyles.None, null));
    }
}
