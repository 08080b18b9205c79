using System.Buffers;
using System.Text;
using System.Text.Json;
using VisualChat.Model.Attention;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Language;
using VisualChat.Model.Projection;
using VisualChat.Model.Vision;

namespace VisualChat.Model.Checkpoints;

/// <summary>
/// The <c>config.json</c> of a checkpoint or an exported model: the sizes of both towers as Hugging
/// Face names them, under <c>vision_config</c> and <c>text_config</c>, and what joins them.
/// </summary>
/// <param name="Vision">The vision tower.</param>
/// <param name="Language">The decoder.</param>
public sealed record ModelConfig(VisionTowerConfig Vision, LlamaConfig Language)
{
    internal const string FileName = "config.json";

    private const string ModelType = "visualchat";
    private const string VisionKey = "vision_config";
    private const string LanguageKey = "text_config";
    private const string WholeKey = "whole";
    private const string AttentionKey = "attention";

    private static readonly JsonWriterOptions Indented = new() { Indented = true, NewLine = "\n" };

    /// <summary>
    /// The sizes, if the folder holds every tensor of its model; null if it holds only what was
    /// trained.
    /// </summary>
    /// <exception cref="ModelException">
    /// The folder has no <c>config.json</c>, or it is damaged.
    /// </exception>
    public static ModelConfig? TryReadWhole(string folder) => ConfigFile.Open(folder).Flag(WholeKey)
        ? new ModelConfig(VisionTowerConfig.Read(folder), LlamaConfig.Read(folder))
        : null;

    /// <summary>
    /// The vision tower that a checkpoint was trained with, as
    /// <see cref="VisionTowerConfig.Title"/> tells it: in its <c>config.json</c>, or by the tensors
    /// of a <see cref="ReleasedCheckpoint"/>; null: neither says.
    /// </summary>
    /// <exception cref="ModelException">A file is damaged.</exception>
    public static string? TowerIn(string folder)
    {
        if (ReleasedCheckpoint.IsAt(folder))
            return ReleasedCheckpoint.TowerIn(folder);
        if (UserFile.KindOf(Path.Combine(folder, FileName)) == FileKind.Missing)
            return null;
        ConfigFile file = ConfigFile.Open(folder, VisionKey);
        if (!file.Has("model_type", out JsonElement type))
            return null;
        return type.ValueKind == JsonValueKind.String ? type.GetString() switch
        {
            QwenVisionConfig.Type => Title(QwenParameters.Kind, QwenVisionConfig.OutputKey),
            ClipVisionConfig.Type => Title(ClipParameters.Kind, "hidden_size"),
            _ => null,
        } : null;

        string? Title(string kind, string widthKey) => file.Has(widthKey, out JsonElement width)
            && width.ValueKind == JsonValueKind.Number && width.TryGetInt64(out long size)
                ? VisionTowerConfig.TitleOf(kind, size)
                : null;
    }

    /// <summary>
    /// The name of the attention that a checkpoint was trained under, as
    /// <see cref="AttentionModeNames"/> has it; null: its <c>config.json</c> is not there, or does
    /// not say.
    /// </summary>
    /// <exception cref="ModelException">The file is damaged.</exception>
    public static string? AttentionIn(string folder)
    {
        if (UserFile.KindOf(Path.Combine(folder, FileName)) == FileKind.Missing || !IsOwn(folder))
            return null;
        bool isSaid = ConfigFile.Open(folder).Has(AttentionKey, out JsonElement name);
        return isSaid && name.ValueKind == JsonValueKind.String ? name.GetString() : null;
    }

    /// <summary>Whether the folder's <c>config.json</c> is one of these.</summary>
    /// <exception cref="ModelException">The folder has none, or it is damaged.</exception>
    internal static bool IsOwn(string folder) =>
        ConfigFile.Open(folder).Has("model_type", out JsonElement type) && type.ValueEquals(ModelType);

    /// <summary>The text of a model's <c>config.json</c>.</summary>
    /// <param name="description">The model.</param>
    /// <param name="whole">Whether the folder holds all of the model.</param>
    public static string Json(ModelDescription description, bool whole)
    {
        ArgumentNullException.ThrowIfNull(description);
        return Text(json =>
        {
            json.WriteString("model_type", ModelType);
            json.WriteBoolean(WholeKey, whole);
            json.WriteString(AttentionKey, description.Attention.Name());
            if (description.IsCrossAttended)
            {
                json.WriteStartObject("cross_attention");
                description.CrossAttention.WriteTo(json);
                json.WriteEndObject();
            }

            if (!description.IsResampled)
                json.WriteString("projection", description.Projection.Name());
            json.WriteNumber("image_token_id", description.ImageToken);
            json.WriteNumber("vocab_size", description.VocabularySize);
            json.WriteStartObject(VisionKey);
            description.Vision.WriteTo(json);
            json.WriteEndObject();
            json.WriteStartObject(LanguageKey);
            WriteLanguage(json, description.Language, description.VocabularySize);
            json.WriteEndObject();
        });
    }

    /// <summary>A vision tower's own <c>config.json</c>.</summary>
    public static string VisionJson(VisionTowerConfig config) => Text(json =>
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue(config.Architecture);
        json.WriteEndArray();
        config.WriteTo(json);
    });

    /// <summary>A decoder's own <c>config.json</c> (transformers' LlamaConfig).</summary>
    internal static string LanguageJson(LlamaConfig config, int vocabularySize) => Text(json =>
    {
        json.WriteStartArray("architectures");
        json.WriteStringValue("LlamaForCausalLM");
        json.WriteEndArray();
        WriteLanguage(json, config, vocabularySize);
    });

    private static string Text(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, Indented))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    private static void WriteLanguage(Utf8JsonWriter json, LlamaConfig config, int vocabularySize)
    {
        json.WriteString("model_type", "llama");
        json.WriteNumber("hidden_size", config.HiddenSize);
        json.WriteNumber("intermediate_size", config.IntermediateSize);
        json.WriteNumber("num_hidden_layers", config.Layers);
        json.WriteNumber("num_attention_heads", config.Heads);
        json.WriteNumber("num_key_value_heads", config.KeyValueHeads);
        json.WriteNumber("head_dim", config.HeadSize);
        json.WriteNumber("vocab_size", vocabularySize);
        json.WriteNumber("rms_norm_eps", config.RmsNormEpsilon);
        json.WriteNumber("rope_theta", config.RopeTheta);
        json.WriteNumber("max_position_embeddings", config.MaxPositions);
        json.WriteBoolean("tie_word_embeddings", false);
        json.WriteString("hidden_act", "silu");
        if (config.Scaling == RopeScaling.None)
            return;
        json.WriteStartObject("rope_scaling");
        json.WriteString("rope_type", config.Scaling.ToString().ToLowerInvariant());
        json.WriteNumber("factor", config.ScalingFactor);
        if (config.Scaling == RopeScaling.Llama3)
        {
            json.WriteNumber("low_freq_factor", config.LowFrequencyFactor);
            json.WriteNumber("high_freq_factor", config.HighFrequencyFactor);
            json.WriteNumber("original_max_position_embeddings", config.OriginalPositions);
        }

        json.WriteEndObject();
    }
}
