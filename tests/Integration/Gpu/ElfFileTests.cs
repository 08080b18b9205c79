using VisualChat.Gpu.Natives;

namespace VisualChat.Integration.Tests.Gpu;

/// <summary>What TorchSharp's bridge asks for, read from its file.</summary>
public sealed class ElfFileTests
{
    private static readonly string Libtorch = Path.Combine(AppContext.BaseDirectory, "libtorch");

    [Fact]
    public void The_bridge_asks_for_1204_symbols_and_for_tables_of_virtual_functions_when_it_is_loaded()
    {
        var bridge = ElfFile.Read(Path.Combine(Libtorch, "libLibTorchSharp.so"));
        bridge.Needed.Should().HaveCount(1204).And.Contain("_ZN2at13globalContextEv");
        bridge.BoundAtLoad.Should().Contain("_ZTVN5torch8autograd4NodeE").And.NotContain("_ZN2at13globalContextEv");
    }

    [Fact]
    public void Its_libtorch_defines_them_with_their_sizes()
    {
        var torch = ElfFile.Read(Path.Combine(Libtorch, "libtorch_cpu.so"));
        torch.Defined["_ZTVN5torch8autograd4NodeE"].Should().Be(120);
        torch.Needed.Should().NotContain("_ZN2at13globalContextEv");
    }

    [Fact]
    public void Another_file_is_refused()
    {
        Action read = () => ElfFile.Read(Path.Combine(AppContext.BaseDirectory, "visualchat.dll"));
        read.Should().Throw<InvalidDataException>().WithMessage("*visualchat.dll' is no 64-bit ELF file.");
    }
}
