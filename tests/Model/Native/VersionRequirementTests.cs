using VisualChat.Model.Native;

namespace VisualChat.Model.Tests.Native;

public sealed class VersionRequirementTests
{
    // Where binutils' readelf shows the version's flags in TorchSharp 0.107.0's library: the entry
    // at 0x3f8f0 + 0x140, bytes 4 and 5 of it.
    private const int FlagsOffset = 0x3f8f0 + 0x140 + 4;

    private static readonly string Library = Path.Combine(AppContext.BaseDirectory, "libtorch", "libLibTorchSharp.so");

    [Fact]
    public void One_demand_is_made_weak_and_no_other_byte_changes()
    {
        byte[] before = File.ReadAllBytes(Library), after = [.. before];
        VersionRequirement.TryWeaken(after, "GLIBCXX_3.4.32").Should().BeTrue();
        int[] changed = [.. Enumerable.Range(0, before.Length).Where(place => before[place] != after[place])];
        changed.Should().Equal(FlagsOffset);
        after[FlagsOffset].Should().Be(2);
    }

    [Fact]
    public void A_demand_that_is_not_there_is_not_found()
    {
        byte[] library = File.ReadAllBytes(Library);
        VersionRequirement.TryWeaken(library, "GLIBCXX_3.4.3").Should().BeFalse();
        VersionRequirement.TryWeaken("no library"u8.ToArray(), "GLIBCXX_3.4.32").Should().BeFalse();
    }
}
