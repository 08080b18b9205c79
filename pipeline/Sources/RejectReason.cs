using System.Text.Json.Serialization;

namespace VisualChat.Pipeline.Sources;

/// <summary>
/// Why a record was left out. Written to files in kebab case (<see cref="RejectReasonNames"/>).
/// </summary>
[JsonConverter(typeof(RejectReasonConverter))]
public enum RejectReason
{
    /// <summary>
    /// The record is not JSON (JSON Lines only: elsewhere the whole file cannot be parsed).
    /// </summary>
    InvalidJson,

    /// <summary>Text that is not valid UTF-8, or an escape that is not a character.</summary>
    InvalidText,

    /// <summary>A key has a value of another type than the format's.</summary>
    WrongType,

    /// <summary>A key that the format requires is missing.</summary>
    MissingKey,

    /// <summary>
    /// The record can be understood in two ways: it has two keys for the same thing.
    /// </summary>
    Ambiguous,

    /// <summary>
    /// The record has something that cannot be trained on: a video, a sound, a call of a tool.
    /// </summary>
    Unusable,

    /// <summary>
    /// A message of someone who is neither the user, the assistant nor the system.
    /// </summary>
    UnknownSpeaker,

    /// <summary>
    /// Messages do not alternate between the two speakers, or the last question has no answer.
    /// </summary>
    OddRounds,

    /// <summary>A question without text.</summary>
    EmptyQuestion,

    /// <summary>An answer without text.</summary>
    EmptyAnswer,

    /// <summary>An id that an earlier record of the dataset has.</summary>
    DuplicateId,

    /// <summary>Image marks in the text and images listed do not agree.</summary>
    ImageMarks,

    /// <summary>An image that is not where it should be.</summary>
    ImageMissing,

    /// <summary>An image path that leads out of the image folder.</summary>
    ImagePathRefused,

    /// <summary>An image of no bytes.</summary>
    ImageEmpty,

    /// <summary>An image that ends too early or does not decode.</summary>
    ImageDamaged,

    /// <summary>Bytes that are not an image of a known format.</summary>
    NotAnImage,

    /// <summary>An image with more pixels than the program will decode.</summary>
    ImageTooLarge,

    /// <summary>The first round alone shows more images than <c>data.max_images</c>.</summary>
    TooManyImages,

    /// <summary>
    /// The record's first round does not fit into <c>data.max_sequence_tokens</c>.
    /// </summary>
    SequenceTooLong,

    /// <summary>Another record of the same joined sample could not be used.</summary>
    PartnerRejected,

    /// <summary>
    /// Its first question alone takes <c>data.max_turn_tokens</c>: no token of the answer is left.
    /// </summary>
    NothingToLearn,
}
