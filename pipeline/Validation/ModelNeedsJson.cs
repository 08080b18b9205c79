using System.Text.Json;
using VisualChat.Model.Memory;

namespace VisualChat.Pipeline.Validation;

/// <summary>
/// <see cref="ModelNeeds"/> as the object <c>model</c> of a report: <c>dtype</c>, <c>parts</c>,
/// <c>missing</c>, <c>devices</c>, <c>checkpoints</c> where something is trained. Sizes are bytes.
/// </summary>
internal static class ModelNeedsJson
{
    public static void Write(ModelNeeds needs, Utf8JsonWriter json)
    {
        json.WriteStartObject("model");
        json.WriteString("dtype", needs.ComputeType);
        json.WriteStartArray("parts");
        foreach (PartNeed part in needs.Parts)
        {
            json.WriteStartObject();
            json.WriteString("name", part.Name);
            json.WriteNumber("parameters", part.Parameters);
            json.WriteNumber("trained", part.Trained);
            json.WriteString("weights", part.Source.ToString().ToLowerInvariant());
            json.WriteNumber("disk_bytes", part.DiskBytes);
            json.WriteNumber("memory_bytes", part.MemoryBytes);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("missing");
        foreach (string missing in needs.Missing)
            json.WriteStringValue(missing);
        json.WriteEndArray();
        json.WriteStartArray("devices");
        foreach (DeviceNeeds device in needs.Devices)
            Write(device, json);
        json.WriteEndArray();
        if (needs.Checkpoints is { } checkpoints)
            Write(checkpoints, json);
        json.WriteEndObject();
    }

    private static void Write(DeviceNeeds device, Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("device", device.Device);
        if (device.Memory is { } memory)
        {
            json.WriteNumber("free_bytes", memory.Free);
            json.WriteNumber("total_bytes", memory.Total);
        }

        if (device is { Training: { } pass, Trained: { } trained })
        {
            json.WriteStartObject("training");
            json.WriteNumber("positions", pass.Positions);
            json.WriteString("chosen", pass.IsCheckpointed ? "recomputed" : "kept");
            json.WriteNumber("weight_bytes", pass.Kept.Frozen);
            json.WriteNumber("mapped_bytes", pass.Kept.Mapped);
            json.WriteNumber("trained_weight_bytes", trained.Weights);
            json.WriteNumber("gradient_bytes", trained.Gradients);
            json.WriteNumber("moment_bytes", trained.Moments);
            WritePass("kept", pass.Kept);
            WritePass("recomputed", pass.Recomputed);
            json.WriteEndObject();
        }

        Write("answering", device.Answering);
        Write("serving", device.Serving);
        json.WriteEndObject();

        void WritePass(string name, MemoryNeed need)
        {
            json.WriteStartObject(name);
            json.WriteNumber("pass_bytes", need.Kept + need.Temporary);
            WriteTotal(need);
            json.WriteEndObject();
        }

        void Write(string name, GenerationNeeds needs)
        {
            json.WriteStartObject(name);
            json.WriteNumber("conversations", needs.Conversations);
            json.WriteNumber("positions", needs.Positions);
            json.WriteNumber("weight_bytes", needs.Need.Frozen + needs.Need.Trained);
            json.WriteNumber("mapped_bytes", needs.Need.Mapped);
            json.WriteNumber("key_value_bytes", needs.Need.Kept);
            json.WriteNumber("pass_bytes", needs.Need.Temporary);
            WriteTotal(needs.Need);
            json.WriteEndObject();
        }

        void WriteTotal(MemoryNeed need)
        {
            json.WriteNumber("total_bytes", need.Total);
            if (device.HasRoomFor(need) is { } fits)
                json.WriteBoolean("fits", fits);
        }
    }

    private static void Write(CheckpointNeeds checkpoints, Utf8JsonWriter json)
    {
        json.WriteStartObject("checkpoints");
        json.WriteNumber("bytes", checkpoints.Bytes);
        json.WriteNumber("best_bytes", checkpoints.BestBytes);
        json.WriteNumber("kept", checkpoints.Kept);
        json.WriteNumber("most_bytes", checkpoints.MostBytes);
        if (checkpoints is { FreeBytes: { } free, Fits: { } fits })
        {
            json.WriteNumber("free_bytes", free);
            json.WriteBoolean("fits", fits);
        }

        json.WriteEndObject();
    }
}
