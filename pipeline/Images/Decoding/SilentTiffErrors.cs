using BitMiracle.LibTiff.Classic;

namespace VisualChat.Pipeline.Images.Decoding;

/// <summary>
/// Remembers that LibTiff.NET found an error, which it would write to standard error and then often
/// decode on. Warnings are dropped.
/// </summary>
internal sealed class SilentTiffErrors : TiffErrorHandler
{
    [ThreadStatic]
    private static bool FailedHere;

    /// <summary>Whether this thread met an error since <see cref="Forget"/>.</summary>
    public static bool HasFailed => FailedHere;

    public static void Forget() => FailedHere = false;

    public override void ErrorHandler(Tiff tif, string method, string format, params object[] args) =>
        FailedHere = true;

    public override void ErrorHandlerExt(
        Tiff tif, object clientData, string method, string format, params object[] args)
    {
    }

    public override void WarningHandler(Tiff tif, string method, string format, params object[] args)
    {
    }

    public override void WarningHandlerExt(
        Tiff tif, object clientData, string method, string format, params object[] args)
    {
    }
}
