namespace VisualChat.Pipeline.Sources.Indexes;

/// <summary>The index of one file, as it is kept between runs.</summary>
/// <typeparam name="TSelf">The index.</typeparam>
internal interface IFileIndex<TSelf> where TSelf : IFileIndex<TSelf>
{
    /// <summary>Writes the index.</summary>
    void Write(ColumnWriter writer);

    /// <summary>Reads the index back.</summary>
    static abstract TSelf Read(ColumnReader reader);
}
