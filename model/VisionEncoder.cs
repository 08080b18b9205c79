using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Native;
using VisualChat.Model.Parameters;
using VisualChat.Model.Transfers;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model;

/// <summary>
/// A model's frozen vision tower alone: makes the features that <see cref="MicroBatch.Features"/>
/// brings instead of pixels.
/// </summary>
/// <remarks>
/// Costs what the tower does, and one read a call. On a CPU the features of an image are the bits
/// that <see cref="ChatModel"/> computes, whatever images are encoded together
/// (<see cref="VisionTower.FrozenFeatures"/>). For one thread.
/// </remarks>
public sealed class VisionEncoder : IDisposable
{
    private const string WeightsAdvice =
        "The tower's weights do not fit. Free memory there, compute on another device, or in 16 bits.";

    // Images of a pass that narrow towers and GPUs gain by, and that wide ones on a CPU have room
    // for: a pass of Qwen-VL's encoder holds 0.1 GB an image.
    private const int PassImages = 16;
    private const int WidePassImages = 2;

    private readonly ModelDescription _description;
    private readonly PixelTable _pixels;
    private readonly VisionTower[] _towers;

    private VisionEncoder(ModelDescription description, Device device, ParameterSet parameters)
    {
        _description = description;
        Parameters = parameters;
        Transfers = new DeviceTransfers(device);
        _pixels = new PixelTable(device, description.ComputeType);
        bool areSideBySide = device.type == DeviceType.CPU && description.Vision.IsNarrow;
        int towers = areSideBySide ? Environment.ProcessorCount : 1;
        _towers = [.. Enumerable.Range(0, towers).Select(_ => description.Vision.Tower(parameters))];
        bool isWideOnCpu = device.type == DeviceType.CPU && !description.Vision.IsNarrow;
        BatchImages = isWideOnCpu ? WidePassImages : PassImages * towers;
    }

    /// <summary>Images that are best encoded by one call.</summary>
    public int BatchImages { get; }

    /// <summary>Bytes of an image's features.</summary>
    public int FeatureBytes => _description.FeatureBytes;

    internal DeviceTransfers Transfers { get; }

    internal ParameterSet Parameters { get; }

    /// <summary>Loads the tower of a model, and nothing else of it.</summary>
    /// <exception cref="ModelException">As of <see cref="ChatModel.Create"/>.</exception>
    /// <exception cref="DeviceMemoryException">The weights do not fit.</exception>
    public static VisionEncoder Create(ModelDescription description)
    {
        ArgumentNullException.ThrowIfNull(description);
        TorchNatives.EnsureLoadable();
        Device device = ComputeDevice.Named(description.Device, static () => cuda.device_count());
        try
        {
            ParameterRequest request = description.ParameterRequest() with { NotLoaded = ~ModelPart.Vision };
            return new VisionEncoder(description, device, ParameterLoader.Load(request, device));
        }
        catch (Exception exception) when (DeviceMemoryException.Of(exception, WeightsAdvice) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>Encodes images.</summary>
    /// <param name="images">As <see cref="MicroBatch.Images"/>.</param>
    /// <param name="features">
    /// Receives [images, P, F] in the type that the model computes in.
    /// </param>
    /// <exception cref="ArgumentException">An image has another size.</exception>
    /// <exception cref="DeviceMemoryException">The images do not fit.</exception>
    public void Encode(IReadOnlyList<ReadOnlyMemory<byte>> images, Memory<byte> features)
    {
        ArgumentNullException.ThrowIfNull(images);
        try
        {
            int share = (images.Count + _towers.Length - 1) / _towers.Length;
            if (_towers.Length == 1 || share == images.Count)
                Encode(_towers[0], images, features);
            else
                SideBySide.Run((images.Count + share - 1) / share, threadsEach: 1, EncodeShare);

            void EncodeShare(int index)
            {
                ReadOnlyMemory<byte>[] own = [.. images.Skip(index * share).Take(share)];
                Encode(_towers[index], own, features[(index * share * FeatureBytes)..]);
            }
        }
        catch (Exception exception) when (DeviceMemoryException.Of(exception) is { } problem)
        {
            throw problem;
        }
    }

    /// <summary>Frees the tower.</summary>
    public void Dispose()
    {
        foreach (VisionTower tower in _towers)
            tower.Dispose();
        _pixels.Dispose();
        Parameters.Dispose();
    }

    private void Encode(VisionTower tower, IReadOnlyList<ReadOnlyMemory<byte>> images, Memory<byte> features)
    {
        using DisposeScope scope = NewDisposeScope();
        using Tensor? pixels = HostPixels.Of(images, _description.Vision.ImageSize, Transfers);
        if (pixels is null)
            return;
        Tensor features_BPF = tower.FrozenFeatures(_pixels.Normalize(Transfers.Upload(pixels)));
        Transfers.Read(features_BPF, features.Span[..(images.Count * FeatureBytes)]);
    }
}
