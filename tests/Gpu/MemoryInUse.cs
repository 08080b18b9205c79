using System.Diagnostics;
using VisualChat.Model.Memory;

namespace VisualChat.Gpu;

/// <summary>
/// The memory that a run takes: of the card, all that is in use on it; in a rehearsal, the most
/// that this process held. libtorch gives back nothing that it has taken, so after a step this is
/// the step's peak.
/// </summary>
internal static class MemoryInUse
{
    /// <summary>Whether it is a card's memory.</summary>
    public static bool IsOfCard => CudaRuntime.Memory(gpu: 0) is not null;

    public static double Gigabytes => (CudaRuntime.Memory(gpu: 0) is { } card
        ? card.Total - card.Free
        : Process.GetCurrentProcess().PeakWorkingSet64) / 1e9;
}
