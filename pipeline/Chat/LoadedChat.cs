using System.Security.Cryptography;
using System.Text;
using VisualChat.Model;
using VisualChat.Model.Errors;
using VisualChat.Model.Native;
using VisualChat.Pipeline.Conversations;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Tokens;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Chat;

/// <summary>A trained model, ready to be talked to: what <c>chat</c>, <c>generate</c> and <c>serve</c> open from a command line.</summary>
public sealed class LoadedChat : IDisposable
{
    private readonly ChatModel _model;

    private LoadedChat(Recipe recipe, SentencePieceTokenizer tokenizer, ChatModel model, string checkpoint, PrefixCacheLimits limits)
    {
        Recipe = recipe;
        Tokenizer = tokenizer;
        _model = model;
        Checkpoint = checkpoint;
        Images = new ChatImages(recipe.Images.Size);
        Engine = new ChatEngine(model, recipe, tokenizer, limits);
    }

    /// <summary>The recipe, as it was resolved.</summary>
    public Recipe Recipe { get; }

    /// <summary>Its tokenizer.</summary>
    public SentencePieceTokenizer Tokenizer { get; }

    /// <summary>The checkpoint's folder, a full path.</summary>
    public string Checkpoint { get; }

    /// <summary>
    /// Another one for another checkpoint in the same folder: the SHA-256 of its state, which holds those of its files; of an exported model, that of its files' names, lengths and times.
    /// </summary>
    public string CheckpointFingerprint
    {
        get
        {
            string state = Path.Combine(Checkpoint, CheckpointStore.StateFile);
            return Convert.ToHexStringLower(SHA256.HashData(File.Exists(state) ? File.ReadAllBytes(state) : Encoding.UTF8.GetBytes(string.Concat(
                new DirectoryInfo(Checkpoint).EnumerateFiles().OrderBy(file => file.Name, StringComparer.Ordinal).Select(file => $"{file.Name} {file.Length} {file.LastWriteTimeUtc.Ticks}\n")))));
        }
    }

    /// <summary>The model's name: the recipe's.</summary>
    public string Name => Recipe.Name;

    /// <summary>Where it is computed.</summary>
    public string Device => _model.Description.Device;

    /// <summary>Prepares images for it.</summary>
    public ChatImages Images { get; }

    /// <summary>Answers.</summary>
    public ChatEngine Engine { get; }

    /// <summary>Opens a model: seconds for a small one, and reads every file of a checkpoint once to see that it is whole.</summary>
    /// <param name="recipePath">The recipe's file.</param>
    /// <param name="overrides">What <c>--set</c> was given.</param>
    /// <param name="checkpoint">A checkpoint, or a folder that <c>export</c> wrote.</param>
    /// <param name="device">Where it is computed; null: on the GPU where one works, else on the CPU.</param>
    /// <param name="limits">How much of conversations stays computed.</param>
    /// <exception cref="InputException">The recipe, the tokenizer or the checkpoint is missing or wrong, or the recipe has no model.</exception>
    /// <exception cref="WorkException">The checkpoint is damaged.</exception>
    /// <exception cref="ModelException">The model's folders do not hold it, the device is not there, or libtorch cannot be loaded.</exception>
    public static LoadedChat Open(string recipePath, IReadOnlyList<string> overrides, string checkpoint, string? device, PrefixCacheLimits limits)
    {
        Recipe recipe = RecipeReader.Read(recipePath, overrides);
        SentencePieceTokenizer tokenizer = SentencePieceTokenizer.Load(recipe.Tokenizer);
        string folder = CheckpointStore.Checked(checkpoint);
        ModelDescription description = ModelDescriptions.Of(recipe, new SpecialTokens(tokenizer.VocabularySize), device ?? ComputeDevice.Default(), folder);
        return new LoadedChat(recipe, tokenizer, ChatModel.Create(description), folder, limits);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Engine.Dispose();
        _model.Dispose();
    }
}
