using System.Diagnostics;
using VisualChat.Gpu.Natives;

namespace VisualChat.Gpu;

/// <summary>
/// The memory that a run takes: of the card, all that is in use on it; in a rehearsal, the most
/// that this process held. libtorch gives back nothing that it has taken, so after a step this is
/// the step's peak.
/// </summary>
internal static class MemoryInUse
{
    /// <summary>Whether it is a card's memory.</summary>
    public static bool IsOfCard => CudaRuntime.BytesInUse is not null;

    public static double Gigabytes =>
        (CudaRuntime.BytesInUse ?? Process.GetCurrentProcess().PeakWorkingSet64) / 1e9;
}
