using VisualChat.Model;

namespace VisualChat.Pipeline.DataLoading;

/// <summary>One sample between decoding and assembling.</summary>
/// <param name="Id">The sample's id.</param>
/// <param name="Sample">What the model takes.</param>
/// <param name="Crops">Each image, [S, S, 3] bytes.</param>
/// <param name="Positions">Positions in the model, visual tokens counted.</param>
internal sealed record DecodedSample(string Id, ModelSample Sample, byte[][] Crops, int Positions);
