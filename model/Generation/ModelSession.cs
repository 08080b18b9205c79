using System.Runtime.InteropServices;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.Generation;

// P visual tokens of an image, I image rows, H hidden size, V vocabulary.

/// <summary>
/// One conversation with a model, which continues where it stopped. Keys and values of every layer
/// are cached, text and images apart, so an appended id costs only its own rows, and an image is
/// computed once. The logits are those of computing the whole conversation.
/// </summary>
/// <remarks>
/// <para>
/// Three things change what earlier rows saw. The decoder then recomputes every cached row,
/// exactly; the vision tower never runs again.
/// </para>
/// <list type="bullet">
/// <item>Beyond the trained length, dynamic rotary scaling rotates every row by other frequencies
/// whenever the length changes.</item>
/// <item>Under <see cref="AttentionMode.MmcaDeepSpeed"/>, text before the first image attends to
/// every image to come, so it changes when images come or go.</item>
/// <item>Under the same mode, an image that opens the conversation attends to every text to
/// come.</item>
/// </list>
/// <para>
/// Any thread may use it, one at a time, and not while another thread uses the model.
/// </para>
/// </remarks>
public sealed class ModelSession : IDisposable
{
    private const string FullAdvice = "Begin a new conversation, or show fewer images.";

    private readonly ChatModel _model;
    private readonly KeyValueCache _cache;
    private readonly List<int> _ids;

    // Each image's visual tokens, [P, H], if rows may have to be recomputed.
    private readonly List<Tensor> _visualTokens = [];

    // [V] The next token's logits, in the type the model computes in; null: nothing was appended
    // since there were some.
    private Tensor? _logits;

    // [V] The same on the host, if somebody asked for them.
    private readonly float[] _hostLogits;
    private bool _areLogitsRead;
    private bool _isOutdated;

    // The length whose rotary frequencies the cached rows have.
    private int _computedLength;
    private bool _isDisposed;

    /// <summary>Begins a conversation. The model must outlive it.</summary>
    public ModelSession(ChatModel model) : this(model, model.Decoder.NewCache(), [])
    {
    }

    private ModelSession(ChatModel model, KeyValueCache cache, List<int> ids)
    {
        _model = model;
        _cache = cache;
        _ids = ids;
        _hostLogits = new float[model.Description.VocabularySize];
        MaxPositions = model.Description.Language.ReachablePositions;
        ChoosesOnDevice = model.Transfers.Device.type != DeviceType.CPU;
    }

    /// <summary>The ids appended so far, each image one id.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>Positions so far. Visual tokens count where they take positions.</summary>
    public int Length => (int)_cache.Positions;

    /// <summary>The most positions the decoder reaches.</summary>
    public int MaxPositions { get; }

    /// <summary>
    /// [V] The next token's logits after the last position. Waits for the device when they are
    /// first asked for. Those after the next <see cref="Append"/> are written over them.
    /// </summary>
    /// <exception cref="InvalidOperationException">
    /// Nothing was appended yet, or nothing since <see cref="Truncate"/>.
    /// </exception>
    public ReadOnlySpan<float> Logits
    {
        get
        {
            if (!_areLogitsRead)
                Transfers.Read(DeviceLogits, _hostLogits);
            _areLogitsRead = true;
            return _hostLogits;
        }
    }

    /// <summary>
    /// [V] <see cref="Logits"/> on the device, in the type the model computes in.
    /// </summary>
    /// <inheritdoc cref="Logits" path="/exception"/>
    internal Tensor DeviceLogits =>
        _logits ?? throw new InvalidOperationException("Append what the next token comes after.");

    /// <summary>
    /// Whether an answer's tokens are chosen on the device, of which one small read brings the id,
    /// or on the host, which takes all logits there. A CPU is the host.
    /// </summary>
    internal bool ChoosesOnDevice { get; init; }

    internal DeviceTransfers Transfers => _model.Transfers;

    internal int ImageToken => _model.Description.ImageToken;

    private ModelDescription Description => _model.Description;

    private bool IsReleasedMmca => Description.Attention == AttentionMode.MmcaDeepSpeed;

    private bool IsDynamicallyScaled => Description.Language.Scaling == RopeScaling.Dynamic;

    /// <summary>
    /// Continues the conversation, so that <see cref="Logits"/> are those after it. One text id
    /// sends nothing to the device.
    /// </summary>
    /// <param name="ids">
    /// At least one id, images as <see cref="ModelDescription.ImageToken"/>, in any order.
    /// </param>
    /// <param name="images">
    /// The images among them, in reading order, as <see cref="MicroBatch.Images"/>; null without
    /// images.
    /// </param>
    /// <exception cref="ModelException">
    /// The conversation would be longer than <see cref="MaxPositions"/>; nothing was appended.
    /// </exception>
    /// <exception cref="ArgumentException">
    /// Ids and images do not match; nothing was appended.
    /// </exception>
    /// <exception cref="DeviceMemoryException">
    /// The device's memory is full; nothing was appended.
    /// </exception>
    public void Append(ReadOnlySpan<int> ids, IReadOnlyList<ReadOnlyMemory<byte>>? images = null)
    {
        Tensor logits_V;
        try
        {
            logits_V = LogitsAfter(ids, images ?? []).DetachFromDisposeScope();
        }
        catch (Exception exception) when (DeviceMemoryException.Of(exception, FullAdvice) is { } problem)
        {
            throw problem;
        }

        DropLogits();
        _logits = logits_V;
    }

    /// <summary>
    /// True if the cache after <see cref="Truncate"/> would be, bit for bit, what it was when those
    /// ids had been appended. Otherwise the next <see cref="Append"/> recomputes it in one pass,
    /// which is the same except for rounding.
    /// </summary>
    /// <param name="idCount">How many of <see cref="Ids"/> would stay.</param>
    public bool IsUnchangedUpTo(int idCount)
    {
        int images = CountImages(idCount);
        int length = idCount - images + (images * Description.ImagePositions);
        return !_isOutdated
            && (!IsReleasedMmca || images == CountImages(_ids.Count))
            && !ChangesFrequencies(length);
    }

    /// <summary>
    /// Goes back to when only the first ids had been appended. What stays is not recomputed.
    /// </summary>
    /// <param name="idCount">How many of <see cref="Ids"/> stay.</param>
    public void Truncate(int idCount)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(idCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idCount, _ids.Count);
        int images = CountImages(idCount);
        _isOutdated |= IsReleasedMmca && images < CountImages(_ids.Count);
        if (idCount < _ids.Count)
            DropLogits();
        CollectionsMarshal.SetCount(_ids, idCount);
        KeepRowsOfIds();
        if (_visualTokens.Count <= images)
            return;
        foreach (Tensor tokens in _visualTokens[images..])
            tokens.Dispose();
        _visualTokens.RemoveRange(images, _visualTokens.Count - images);
    }

    /// <summary>
    /// A second session at the same place, independent of this one. Costs a copy of the cache.
    /// </summary>
    public ModelSession Fork()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        var fork = new ModelSession(_model, _cache.Copy(), [.. _ids])
        {
            ChoosesOnDevice = ChoosesOnDevice,
            _logits = _logits?.alias().DetachFromDisposeScope(),
            _isOutdated = _isOutdated,
            _computedLength = _computedLength,
        };
        fork._visualTokens.AddRange(_visualTokens.Select(tokens => tokens.alias().DetachFromDisposeScope()));
        return fork;
    }

    /// <summary>Frees the cache, not the model.</summary>
    public void Dispose()
    {
        _isDisposed = true;
        DropLogits();
        _cache.Dispose();
        foreach (Tensor tokens in _visualTokens)
            tokens.Dispose();
        _visualTokens.Clear();
    }

    /// <summary>[V] As <see cref="Append"/>, in the type the model computes in.</summary>
    internal Tensor LogitsAfter(ReadOnlySpan<int> ids, IReadOnlyList<ReadOnlyMemory<byte>> images)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (ids.IsEmpty)
        {
            throw new ArgumentException(
                "Nothing is appended; the next token's logits are those after the last id.", nameof(ids));
        }

        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        InterleavedIds added = _model.Interleave([ids.ToArray()], images.Count);
        int length = Length + added.Layout.Positions;
        if (length > MaxPositions)
        {
            throw new ModelException(
                $"The conversation would be {length} positions long, and the decoder reaches {MaxPositions}. "
                + "Begin a new one, or show fewer images.");
        }

        Tensor? images_IH = _model.VisualTokens(images);
        Tensor[] visualTokens_PH = images_IH is not null && (IsReleasedMmca || IsDynamicallyScaled)
            ? images_IH.split(Description.VisualTokens)
            : [];
        bool recomputes = _ids.Count > 0 && ChangesEarlierRows(added, length);
        if (recomputes)
        {
            Tensor[] all_PH = [.. _visualTokens, .. visualTokens_PH];
            images_IH = all_PH.Length == 0 ? null : cat(all_PH, 0);
            added = _model.Interleave([(int[])[.. _ids, .. ids]], all_PH.Length);
            _cache.SetRows(0, 0);
            _cache.SetMediaRows(0);
        }

        Tensor logits_V;
        try
        {
            bool isOneRow = _cache.Positions > 0 && added is { Images: 0, Layout.TextRows: 1 };
            logits_V = isOneRow
                ? _model.Continue(ids[0], _cache)
                : _model.Continue(added, images_IH, _cache);
        }
        catch
        {
            // Rows that were to be recomputed may be partly written over.
            _isOutdated |= recomputes;
            KeepRowsOfIds();
            throw;
        }

        _ids.AddRange(ids);
        _visualTokens.AddRange(visualTokens_PH.Select(tokens => tokens.DetachFromDisposeScope()));
        (_isOutdated, _computedLength) = (false, length);
        return logits_V.MoveToOuterDisposeScope();
    }

    private void DropLogits()
    {
        _logits?.Dispose();
        (_logits, _areLogitsRead) = (null, false);
    }

    private bool ChangesEarlierRows(InterleavedIds added, int length)
    {
        if (_isOutdated || ChangesFrequencies(length))
            return true;
        return IsReleasedMmca && (added.Images > 0 || _ids[0] == ImageToken);
    }

    // Up to the trained length, all lengths have the same frequencies.
    private bool ChangesFrequencies(int length)
    {
        int trained = Description.Language.MaxPositions;
        return IsDynamicallyScaled && Math.Max(length, trained) != Math.Max(_computedLength, trained);
    }

    private int CountImages(int idCount) => CollectionsMarshal.AsSpan(_ids)[..idCount].Count(ImageToken);

    private void KeepRowsOfIds()
    {
        int images = CountImages(_ids.Count);
        int textRows = _ids.Count - images;
        _cache.SetRows(textRows, images * Description.ImagePositions, Description.Attention);
        _cache.SetMediaRows(Description.IsCrossAttended ? images * Description.VisualTokens : 0);
    }
}
