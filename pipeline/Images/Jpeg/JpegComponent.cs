namespace VisualChat.Pipeline.Images.Jpeg;

/// <summary>One component of a JPEG frame.</summary>
/// <param name="Id">Its identifier in the file.</param>
/// <param name="Horizontal">Horizontal sampling factor.</param>
/// <param name="Vertical">Vertical sampling factor.</param>
/// <param name="QuantizationTable">Number of its quantisation table.</param>
internal readonly record struct JpegComponent(byte Id, int Horizontal, int Vertical, int QuantizationTable);
