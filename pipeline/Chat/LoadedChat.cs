using System.Text;
using VisualChat.Model;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Chat;

/// <summary>
/// A trained model, ready to answer: what <c>chat</c>, <c>generate</c> and <c>serve</c> open.
/// </summary>
internal sealed class LoadedChat : IDisposable
{
    private LoadedChat(
        Recipe recipe,
        SentencePieceTokenizer tokenizer,
        TrainedModel trained,
        ChatModel model,
        PrefixCacheLimits limits)
    {
        Recipe = recipe;
        Tokenizer = tokenizer;
        Checkpoint = trained.Folder;
        OtherTowers = trained.OtherTowers;
        Device = model.Description.Device;
        Images = new ChatImages(recipe.Images.Frame);
        Engine = new ChatEngine(model, recipe, tokenizer, limits) { OwnsModel = true };
    }

    public Recipe Recipe { get; }

    public SentencePieceTokenizer Tokenizer { get; }

    /// <summary>
    /// The full path of the checkpoint's folder, or of the released system's file.
    /// </summary>
    public string Checkpoint { get; }

    /// <inheritdoc cref="TrainedModel.OtherTowers"/>
    public string? OtherTowers { get; }

    /// <summary>Where the model is computed.</summary>
    public string Device { get; }

    /// <summary>Prepares images for the model.</summary>
    public ChatImages Images { get; }

    /// <summary>Answers. It owns the model.</summary>
    public ChatEngine Engine { get; }

    /// <summary>
    /// Tells a checkpoint from another one in the same folder: the SHA-256 of its state, which
    /// holds the hashes of its files. An exported model has no state, nor has a released one; there
    /// it is the SHA-256 of its files' names, lengths and times.
    /// </summary>
    public string CheckpointFingerprint
    {
        get
        {
            string state = Path.Combine(Checkpoint, CheckpointStore.StateFile);
            byte[] identity = File.Exists(state)
                ? UserFile.ReadAllBytes(state, FileLimits.Document)
                : Encoding.UTF8.GetBytes(FileList());
            return Sha256.Of(identity);
        }
    }

    /// <summary>
    /// Opens a model. Takes seconds for a small one, and reads every file of a checkpoint once to
    /// see that it is whole, and of its towers, unless they were read before.
    /// </summary>
    /// <param name="recipe">The recipe it was trained with.</param>
    /// <param name="checkpoint">A checkpoint, or a folder that <c>export</c> wrote.</param>
    /// <param name="device">
    /// Where it is computed; null for the GPU if one works, else the CPU.
    /// </param>
    /// <param name="limits">How much of conversations stays computed.</param>
    /// <param name="notes">Told what is checked, and what is not as it was trained.</param>
    /// <exception cref="InputException">
    /// The tokenizer or the checkpoint is missing or wrong, or the recipe has no model.
    /// </exception>
    /// <exception cref="WorkException">The checkpoint is damaged.</exception>
    /// <exception cref="ModelException">
    /// The folders do not hold the model, the device is missing, or libtorch cannot be loaded.
    /// </exception>
    public static LoadedChat Open(
        Recipe recipe, string checkpoint, string? device, PrefixCacheLimits limits, TextWriter notes)
    {
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer.FullPath);
        var trained = TrainedModel.Open(
            recipe,
            tokenizer,
            checkpoint,
            device ?? ComputeDevice.Default(),
            CacheFolder.OfUser().Hashes(notes),
            notes);
        return new LoadedChat(recipe, tokenizer, trained, ChatModel.Create(trained.Description), limits);
    }

    public void Dispose() => Engine.Dispose();

    private string FileList() => string.Concat(
        (File.Exists(Checkpoint) ? [new FileInfo(Checkpoint)] : new DirectoryInfo(Checkpoint).EnumerateFiles())
            .OrderBy(file => file.Name, StringComparer.Ordinal)
            .Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n"));
}
