namespace VisualChat.Model.Pickles;

/// <summary>A view of a storage.</summary>
/// <param name="Storage">The elements.</param>
/// <param name="Offset">The first element's index in the storage.</param>
/// <param name="Shape">The size of each dimension.</param>
/// <param name="Strides">Elements from one entry of a dimension to the next.</param>
internal sealed record PickledTensor(PickledStorage Storage, long Offset, long[] Shape, long[] Strides);
