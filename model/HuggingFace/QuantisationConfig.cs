using System.Text.Json;
using VisualChat.Model.Errors;
using VisualChat.Model.Quantisation;

namespace VisualChat.Model.HuggingFace;

/// <summary>
/// What a <c>quantization_config</c> may say: bitsandbytes' int8 and NF4, as transformers saves
/// them. Every other kind is refused as what it is.
/// </summary>
internal static class QuantisationConfig
{
    /// <summary>The key.</summary>
    public const string Key = "quantization_config";

    private const string Method = "bitsandbytes";
    private const string Remedy =
        "of bitsandbytes, nf4 and int8 are read here; take the model that is not quantised";

    /// <summary>How weights are quantised; null: the object is empty.</summary>
    /// <param name="config">The key's value.</param>
    /// <param name="problem">Makes an exception of what follows the key's name.</param>
    /// <exception cref="ModelException">In a way that is not read here.</exception>
    public static FrozenFormat? Read(JsonElement config, Func<string, ModelException> problem)
    {
        if (config.ValueKind != JsonValueKind.Object)
            throw problem($"is {ConfigFile.Shown(config)}, not an object");
        if (!config.EnumerateObject().Any())
            return null;
        bool isEight = IsOn("load_in_8bit"), isFour = IsOn("load_in_4bit");
        string? method = Text("quant_method") ?? (isEight || isFour ? Method : null);
        if (method != Method)
            throw problem($"says that weights are quantised by {method ?? "a method it does not name"}: {Remedy}");
        if (isEight == isFour)
            throw problem($"says neither 'load_in_8bit' nor 'load_in_4bit', or both: {Remedy}");
        if (isEight)
            return FrozenFormat.Int8;
        string kind = Text("bnb_4bit_quant_type") ?? "fp4";
        if (kind != FrozenFormat.Nf4.Name())
            throw problem($"says that 4 bits are {kind}: {Remedy}");
        string storage = Text("bnb_4bit_quant_storage") ?? "uint8";
        return storage is "uint8" or "torch.uint8"
            ? FrozenFormat.Nf4
            : throw problem($"says that 4 bits are stored as {storage}; stored as uint8 they are read here");

        bool IsOn(string key) =>
            config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.True;

        string? Text(string key) =>
            config.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String
                ? value.GetString()
                : null;
    }
}
