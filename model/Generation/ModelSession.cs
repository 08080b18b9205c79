using System.Runtime.InteropServices;
using TorchSharp;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Language;
using static TorchSharp.torch;

namespace VisualChat.Model.Generation;

/// <summary>
/// One conversation with a model, which goes on where it stopped: keys and values of every layer are kept, text and images apart, so what is
/// appended costs its own rows only and an image is computed once. The logits are those of computing everything anew.
/// </summary>
/// <remarks>
/// <para>Three things change what earlier rows saw, and the decoder then computes everything it keeps anew, exactly (the vision tower never):</para>
/// <list type="bullet">
/// <item>dynamic rotary scaling beyond the trained length turns every row by other frequencies, whenever the length changes;</item>
/// <item>under <see cref="AttentionMode.MmcaDeepSpeed"/>, text before the first image looks at every image to come, so it changes when
/// images come or go;</item>
/// <item>under the same mode, an image that opens the conversation looks at every text to come.</item>
/// </list>
/// <para>Any thread may use it, one at a time, and not while another uses the model.</para>
/// </remarks>
public sealed class ModelSession : IDisposable
{
    private readonly ChatModel _model;
    private readonly KeyValueCache _memory;
    private readonly List<int> _ids;
    private readonly float[] _logits;

    // Each image's visual tokens, [P, H], where the rows may have to be computed anew.
    private readonly List<Tensor> _visualTokens = [];
    private bool _hasLogits;
    private bool _isOutdated;

    // The length whose rotary frequencies the kept rows have.
    private int _computedLength;
    private bool _isDisposed;

    /// <summary>Begins a conversation. The model must outlive it.</summary>
    public ModelSession(ChatModel model) : this(model, new KeyValueCache(model.Description.Language.Layers), [], new float[model.Description.VocabularySize])
    {
    }

    private ModelSession(ChatModel model, KeyValueCache memory, List<int> ids, float[] logits)
    {
        _model = model;
        _memory = memory;
        _ids = ids;
        _logits = logits;
        MaxPositions = model.Description.Language.ReachablePositions;
    }

    /// <summary>The ids appended so far, each image one id.</summary>
    public IReadOnlyList<int> Ids => _ids;

    /// <summary>Positions so far, visual tokens counted.</summary>
    public int Length => (int)_memory.Positions;

    /// <summary>The most positions the decoder reaches.</summary>
    public int MaxPositions { get; }

    /// <summary>The next token's logits after the last position: [vocabulary]. Written over by the next <see cref="Append"/>.</summary>
    /// <exception cref="InvalidOperationException">Nothing was appended yet, or not since <see cref="Truncate"/>.</exception>
    public ReadOnlySpan<float> Logits => _hasLogits ? _logits : throw new InvalidOperationException("Append what the next token comes after.");

    internal int ImageToken => _model.Description.ImageToken;

    /// <summary>Takes more of the conversation.</summary>
    /// <param name="ids">At least one id, images as <see cref="ModelDescription.ImageToken"/>, in any order.</param>
    /// <param name="pixels">[images, 3, S, S] The images among them, in reading order; null without images.</param>
    /// <returns><see cref="Logits"/></returns>
    /// <exception cref="ModelException">The conversation would be longer than <see cref="MaxPositions"/>; nothing was taken.</exception>
    /// <exception cref="ArgumentException">Ids and images do not go together; nothing was taken.</exception>
    public ReadOnlySpan<float> Append(ReadOnlySpan<int> ids, Tensor? pixels = null)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor logits_V = LogitsAfter(ids, pixels).to(ScalarType.Float32).cpu();
        logits_V.data<float>().CopyTo(_logits);
        _hasLogits = true;
        return _logits;
    }

    /// <summary>
    /// Whether what would be kept after <see cref="Truncate"/> is bit by bit what it was when those ids had been appended, and nothing after them. Where it is not,
    /// the next <see cref="Append"/> computes it anew, all in one pass: the same but for rounding.
    /// </summary>
    /// <param name="idCount">How many of <see cref="Ids"/> would stay.</param>
    public bool IsUnchangedUpTo(int idCount)
    {
        LlamaConfig language = _model.Description.Language;
        int images = CountImages(idCount);
        int length = idCount - images + (images * _model.Description.Vision.VisualTokens);
        return !_isOutdated
            && (_model.Description.Attention != AttentionMode.MmcaDeepSpeed || images == CountImages(_ids.Count))
            && (language.Scaling != RopeScaling.Dynamic || Math.Max(length, language.MaxPositions) == Math.Max(_computedLength, language.MaxPositions));
    }

    /// <summary>Goes back to where the first ids had been appended, and nothing after them. What is left is not computed again.</summary>
    /// <param name="idCount">How many of <see cref="Ids"/> stay.</param>
    public void Truncate(int idCount)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        ArgumentOutOfRangeException.ThrowIfNegative(idCount);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(idCount, _ids.Count);
        int images = CountImages(idCount);
        _isOutdated |= _model.Description.Attention == AttentionMode.MmcaDeepSpeed && images < CountImages(_ids.Count);
        _hasLogits &= idCount == _ids.Count;
        CollectionsMarshal.SetCount(_ids, idCount);
        KeepRowsOfIds();
        if (_visualTokens.Count <= images)
            return;
        foreach (Tensor tokens in _visualTokens[images..])
            tokens.Dispose();
        _visualTokens.RemoveRange(images, _visualTokens.Count - images);
    }

    /// <summary>A second session at the same place, which goes its own way: a copy of what is kept.</summary>
    public ModelSession Fork()
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        var fork = new ModelSession(_model, _memory.Copy(), [.. _ids], [.. _logits]) { _hasLogits = _hasLogits, _isOutdated = _isOutdated, _computedLength = _computedLength };
        fork._visualTokens.AddRange(_visualTokens.Select(tokens => tokens.alias().DetachFromDisposeScope()));
        return fork;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _isDisposed = true;
        _memory.Dispose();
        foreach (Tensor tokens in _visualTokens)
            tokens.Dispose();
        _visualTokens.Clear();
    }

    // [V] In the type computed in.
    internal Tensor LogitsAfter(ReadOnlySpan<int> ids, Tensor? pixels)
    {
        ObjectDisposedException.ThrowIf(_isDisposed, this);
        if (ids.IsEmpty)
            throw new ArgumentException("Nothing is appended; the next token's logits are those after the last id.", nameof(ids));
        using DisposeScope scope = NewDisposeScope();
        using IDisposable inference = inference_mode();
        (InterleavedLayout added, long[] textIds) = _model.Interleave([ids.ToArray()], pixels);
        int length = Length + added.Positions;
        if (length > MaxPositions)
            throw new ModelException($"The conversation would be {length} positions long, and the decoder reaches {MaxPositions}. Begin a new one, or show fewer images.");
        Tensor? images_IH = pixels is null ? null : _model.VisualTokens(pixels);
        Tensor[] visualTokens_PH = images_IH is not null && MayComputeAnew ? images_IH.split(_model.Description.Vision.VisualTokens) : [];
        bool isAnew = _ids.Count > 0 && ChangesEarlierRows(added, length);
        if (isAnew)
        {
            Tensor[] all_PH = [.. _visualTokens, .. visualTokens_PH];
            images_IH = all_PH.Length == 0 ? null : cat(all_PH, 0);
            (added, textIds, _) = _model.Interleave([(int[])[.. _ids, .. ids]]);
            _memory.Keep(0, 0);
        }

        Tensor logits_V;
        try
        {
            logits_V = _model.Decoder.Continue(_model.Embed(textIds), images_IH, added, _memory);
        }
        catch
        {
            // Rows that were to be computed anew may be partly written over.
            _isOutdated |= isAnew;
            KeepRowsOfIds();
            throw;
        }

        _ids.AddRange(ids);
        _visualTokens.AddRange(visualTokens_PH.Select(tokens => tokens.DetachFromDisposeScope()));
        (_isOutdated, _computedLength) = (false, length);
        return logits_V.MoveToOuterDisposeScope();
    }

    private bool MayComputeAnew => _model.Description.Attention == AttentionMode.MmcaDeepSpeed || _model.Description.Language.Scaling == RopeScaling.Dynamic;

    private bool ChangesEarlierRows(InterleavedLayout added, int length)
    {
        LlamaConfig language = _model.Description.Language;
        if (_isOutdated || (language.Scaling == RopeScaling.Dynamic && Math.Max(length, language.MaxPositions) != Math.Max(_computedLength, language.MaxPositions)))
            return true;
        return _model.Description.Attention == AttentionMode.MmcaDeepSpeed && (added.ImageRows > 0 || _ids[0] == _model.Description.ImageToken);
    }

    private int CountImages(int idCount) => CollectionsMarshal.AsSpan(_ids)[..idCount].Count(_model.Description.ImageToken);

    private void KeepRowsOfIds()
    {
        int images = CountImages(_ids.Count), text = _ids.Count - images, imageRows = images * _model.Description.Vision.VisualTokens;
        _memory.Keep(
            _model.Description.Attention == AttentionMode.Causal ? text + imageRows : text,
            _model.Description.Attention == AttentionMode.Causal ? 0 : imageRows);
    }
}
