using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace VisualChat.Model.Errors;

/// <summary>
/// A device has no memory left for what was asked of it. What was there before is unharmed: less
/// may be asked of it next.
/// </summary>
public sealed partial class DeviceMemoryException : Exception
{
    private DeviceMemoryException(string message, Exception cause) : base(message, cause)
    {
    }

    /// <summary>
    /// What libtorch threw, if it was for want of memory; null for any other reason.
    /// </summary>
    /// <param name="thrown">The exception, or one that others are in.</param>
    /// <param name="advice">What the user can do, in whole sentences.</param>
    public static DeviceMemoryException? Of(Exception thrown, string advice = "") => thrown switch
    {
        DeviceMemoryException already => already,
        AggregateException several =>
            several.InnerExceptions.Select(inner => Of(inner, advice)).FirstOrDefault(found => found is not null),
        ExternalException or OutOfMemoryException when MessageOf(thrown) is { } message =>
            new DeviceMemoryException($"{message} {advice}".TrimEnd(), thrown),
        _ => null,
    };

    private static string? MessageOf(Exception thrown)
    {
        string text = thrown.Message;
        if (GpuPattern().Match(text) is { Success: true } gpu)
        {
            string free = gpu.Groups["free"].Success
                ? $", and {Gigabytes(gpu, "free")} of {Gigabytes(gpu, "capacity")} GB are free"
                : "";
            string which = gpu.Groups["gpu"].Success ? $"GPU {gpu.Groups["gpu"].Value}" : "The GPU";
            return $"{which} is out of memory: {Gigabytes(gpu, "wanted")} GB more were asked for{free}.";
        }

        if (HostPattern().Match(text) is { Success: true } host)
        {
            double wanted = double.Parse(host.Groups["wanted"].Value) / 1e9;
            return $"The machine is out of memory: {wanted:0.##} GB more were asked for.";
        }

        if (thrown is OutOfMemoryException)
            return "The machine is out of memory.";
        return OtherPattern().IsMatch(text) ? "The GPU is out of memory." : null;
    }

    private static string Gigabytes(Match match, string name)
    {
        double number = double.Parse(match.Groups[name].Value);
        double bytes = number * match.Groups[name + "Unit"].Value switch
        {
            "GiB" => 1L << 30,
            "MiB" => 1L << 20,
            "KiB" => 1L << 10,
            _ => 1,
        };
        return (bytes / 1e9).ToString("0.##");
    }

    // c10/cuda/CUDACachingAllocator.cpp
    [GeneratedRegex(
        @"CUDA out of memory\. Tried to allocate (?<wanted>[\d.]+) (?<wantedUnit>\w+)\."
        + @"( GPU (?<gpu>\d+) has a total capacity of (?<capacity>[\d.]+) (?<capacityUnit>\w+)"
        + @" of which (?<free>[\d.]+) (?<freeUnit>\w+) is free)?")]
    private static partial Regex GpuPattern();

    // c10/core/impl/alloc_cpu.cpp
    [GeneratedRegex("(can't allocate memory|not enough memory): you tried to allocate (?<wanted>[0-9]+) bytes")]
    private static partial Regex HostPattern();

    // The CUDA runtime's own, for pinned memory; cuBLAS's, for its workspace.
    [GeneratedRegex("CUDA error: out of memory|CUBLAS_STATUS_ALLOC_FAILED|CUDNN_STATUS_ALLOC_FAILED")]
    private static partial Regex OtherPattern();
}
