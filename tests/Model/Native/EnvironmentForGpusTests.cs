using System.Runtime.InteropServices;

namespace VisualChat.Model.Tests.Native;

/// <summary>What native libraries find in the environment before libtorch loads.</summary>
public sealed partial class EnvironmentForGpusTests
{
    [Theory]
    [InlineData("TORCH_CUDNN_SDPA_DEPRIORITIZED", "1")]
    [InlineData("PYTORCH_CUDA_ALLOC_CONF", "expandable_segments:True")]
    public void New_shapes_cost_no_plan_and_leave_no_gaps(string name, string value) =>
        Marshal.PtrToStringUTF8(NativeVariable(name))
            .Should().Be(Environment.GetEnvironmentVariable(name) ?? value);

    [LibraryImport("libc", EntryPoint = "getenv", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint NativeVariable(string name);
}
