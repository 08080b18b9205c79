namespace VisualChat.Pipeline.SampleWorld;

/// <summary>The background of a scene.</summary>
/// <param name="Style">Its pattern.</param>
/// <param name="Tone">Which of the renderer's muted tones, in [0, <see cref="Tones"/>).</param>
/// <param name="Grain">Seed of the light noise over the picture; 0: none.</param>
internal readonly record struct Backdrop(BackdropStyle Style, int Tone, uint Grain)
{
    /// <summary>Number of tones.</summary>
    public const int Tones = 4;
}
