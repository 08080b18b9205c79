using VisualChat.Model.Memory;

namespace VisualChat.Model.Tests.Memory;

public sealed class DeviceMemoryReadingTests : IDisposable
{
    private readonly string _folder = TestData.NewFolder();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_machine_has_what_it_says()
    {
        Write("meminfo", "MemTotal:       16000000 kB", "MemFree:  1 kB", "MemAvailable:   12000000 kB");

        Read().Should().Be(new FreeMemory(12_000_000L * 1024, 16_000_000L * 1024));
    }

    [Fact]
    public void A_group_with_a_limit_has_less_and_gives_up_pages_of_files()
    {
        Write("meminfo", "MemTotal:       16000000 kB", "MemAvailable:   12000000 kB");
        Write("memory.max", "4000000000");
        Write("memory.current", "3000000000");
        Write("memory.stat", "anon 1", "inactive_file 500000000", "active_file 200000000");

        Read().Should().Be(new FreeMemory(1_700_000_000, 4_000_000_000));
    }

    [Fact]
    public void A_group_without_a_limit_has_what_the_machine_has()
    {
        Write("meminfo", "MemTotal:       16000000 kB", "MemAvailable:   12000000 kB");
        Write("memory.max", "max");
        Write("memory.current", "3000000000");

        Read()!.Free.Should().Be(12_000_000L * 1024);
    }

    [Fact]
    public void Another_system_does_not_say() => Read().Should().BeNull();

    [Theory]
    [InlineData("/a/libcudart.so.13", "/b/libc.so.6", "/a/libcudart.so.13")]
    [InlineData("/a/libtorch_cuda.so", "/n/libcudart-c3a75b33.so.12", "/n/libcudart-c3a75b33.so.12")]
    [InlineData("/a/libtorch_cpu.so", "/b/libc.so.6", null)]
    public void The_CUDA_runtime_is_found_among_loaded_libraries(string first, string second, string? found) =>
        CudaRuntime.FileAmong([first, second]).Should().Be(found);

    [Fact]
    public void Or_beside_libtorch()
    {
        Write("libcudart-c3a75b33.so.12");

        CudaRuntime.FileAmong([Path.Combine(_folder, "libtorch_cuda.so")])
            .Should().Be(Path.Combine(_folder, "libcudart-c3a75b33.so.12"));
    }

    [Fact]
    public void Without_a_runtime_a_GPU_says_nothing() => CudaRuntime.FileAmong([]).Should().BeNull();

    private void Write(string name, params string[] lines) =>
        File.WriteAllLines(Path.Combine(_folder, name), lines);

    private FreeMemory? Read() => HostMemory.Of(Path.Combine(_folder, "meminfo"), _folder);
}
