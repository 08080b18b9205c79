namespace VisualChat.Pipeline.SampleWorld;

/// <summary>Some images, and rounds about them.</summary>
/// <param name="Scenes">The images, in order.</param>
/// <param name="Rounds">
/// The rounds; in MIMIC-IT's files each is an instruction related to the others.
/// </param>
internal sealed record Episode(IReadOnlyList<Scene> Scenes, IReadOnlyList<Round> Rounds);
