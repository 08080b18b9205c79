namespace VisualChat.Model.Attention;

/// <summary>One layer of a key-value cache, text and images apart.</summary>
internal sealed class CachedLayer : IDisposable
{
    public CachedLayer() : this(new CachedRows(), new CachedRows())
    {
    }

    private CachedLayer(CachedRows text, CachedRows image)
    {
        Text = text;
        Image = image;
    }

    public CachedRows Text { get; }

    public CachedRows Image { get; }

    public CachedLayer Copy(long textRows, long imageRows) => new(Text.Copy(textRows), Image.Copy(imageRows));

    public void Dispose()
    {
        Text.Dispose();
        Image.Dispose();
    }
}
