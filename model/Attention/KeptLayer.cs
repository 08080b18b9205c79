namespace VisualChat.Model.Attention;

/// <summary>What one layer keeps of the rows it has seen.</summary>
internal sealed class KeptLayer : IDisposable
{
    public KeptLayer() : this(new KeptRows(), new KeptRows())
    {
    }

    private KeptLayer(KeptRows text, KeptRows image)
    {
        Text = text;
        Image = image;
    }

    public KeptRows Text { get; }

    public KeptRows Image { get; }

    public KeptLayer Copy(long textRows, long imageRows) => new(Text.Copy(textRows), Image.Copy(imageRows));

    public void Dispose()
    {
        Text.Dispose();
        Image.Dispose();
    }
}
