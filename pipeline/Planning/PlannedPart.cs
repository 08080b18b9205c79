namespace VisualChat.Pipeline.Planning;

/// <summary>One record in a planned sample.</summary>
/// <param name="Dataset">Index of the dataset in the <see cref="Sources.SourceCatalog"/>.</param>
/// <param name="Role">How the record continues the records before it.</param>
/// <param name="FollowUpImage">
/// For <see cref="PartRole.FollowUp"/>: the image asked about, counted from 1 in the sample.
/// Otherwise 0.
/// </param>
/// <param name="Record">Row in that dataset's index.</param>
/// <remarks>
/// The order of the fields leaves no padding: a plan's fingerprint is taken over these 8 bytes.
/// </remarks>
internal readonly record struct PlannedPart(short Dataset, PartRole Role, byte FollowUpImage, int Record);
