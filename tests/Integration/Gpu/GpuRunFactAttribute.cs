namespace VisualChat.Integration.Tests.Gpu;

/// <summary>A test that runs on the CPU what is meant for a GPU.</summary>
public sealed class GpuRunFactAttribute : FactAttribute
{
    /// <summary>Skipped where it cannot be packed or compared.</summary>
    public GpuRunFactAttribute() => Skip = RequiredTools.SkipUnless(
        GpuRun.IsPossible, "tar, xz, and python3 with numpy (Debian: apt-get install xz-utils python3-numpy)");
}
