namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>A thread that decodes one image after another, each within a time.</summary>
internal sealed class DecodingThread
{
    // Waited on with Monitor, which a Lock cannot do.
    private readonly object _gate = new();
    private Func<RgbxImage>? _decode;
    private RgbxImage? _image;
    private Exception? _failure;

    public DecodingThread() => new Thread(Run) { IsBackground = true, Name = "image decoder" }.Start();

    /// <summary>Decodes an image.</summary>
    /// <returns>
    /// False: the time is over. The thread is then lost, and must not be used again.
    /// </returns>
    public bool TryRun(Func<RgbxImage> decode, TimeSpan limit, out RgbxImage? image, out Exception? failure)
    {
        lock (_gate)
        {
            (_decode, _image, _failure) = (decode, null, null);
            Monitor.Pulse(_gate);
            bool isDone = Monitor.Wait(_gate, limit);
            (image, failure) = isDone ? (_image, _failure) : (null, null);
            return isDone;
        }
    }

    private void Run()
    {
        while (true)
        {
            Func<RgbxImage> decode = Next();
            RgbxImage? image = null;
            Exception? failure = null;
            try
            {
                image = decode();
            }
            catch (Exception exception)
            {
                // Decoders of crafted files throw anything; the caller says what it means.
                failure = exception;
            }

            lock (_gate)
            {
                (_decode, _image, _failure) = (null, image, failure);
                Monitor.Pulse(_gate);
            }
        }
    }

    private Func<RgbxImage> Next()
    {
        lock (_gate)
        {
            while (_decode is null)
                Monitor.Wait(_gate);
            return _decode;
        }
    }
}
