using Spectre.Console;
using VisualChat.Model.Memory;
using VisualChat.Pipeline.Validation;

namespace VisualChat.Pipeline.Terminal.Screens;

/// <summary>
/// What <c>validate</c> shows of a model's needs: a table of its parts, and a line for each thing
/// that can be done with it on each device.
/// </summary>
internal static class ModelNeedsScreen
{
    public static void Write(ModelNeeds needs, IAnsiConsole console, TextWriter output)
    {
        console.Write(TableOf(needs));
        foreach (string missing in needs.Missing)
            output.WriteLine(PrintableText.Of($"missing: {missing}"));
        foreach (DeviceNeeds device in needs.Devices)
            Write(device, output);
        if (needs.Checkpoints is not { } checkpoints)
            return;
        string free = checkpoints is { FreeBytes: { } bytes, Fits: { } fits } ? Verdict(bytes, fits) : "";
        output.WriteLine(
            $"checkpoints: {Size(checkpoints.Bytes)} each, {checkpoints.Kept} kept, the best "
            + $"{Size(checkpoints.BestBytes)}: up to {Size(checkpoints.MostBytes)} on disk{free}");
    }

    private static Table TableOf(ModelNeeds needs)
    {
        Table table = Screen.NewTable("part", "parameters", "trained", "weights", "on disk", $"in {needs.ComputeType}");
        foreach (PartNeed part in needs.Parts)
        {
            table.AddRow(
                part.Name,
                $"{part.Parameters:N0}",
                $"{part.Trained:N0}",
                part.Source switch
                {
                    WeightSource.Files => "in files",
                    WeightSource.Missing => "missing",
                    _ => "random start",
                },
                Size(part.DiskBytes),
                Size(part.MemoryBytes));
        }

        return table.AddRow(
            "all",
            $"{needs.Parts.Sum(part => part.Parameters):N0}",
            $"{needs.Parts.Sum(part => part.Trained):N0}",
            "",
            Size(needs.Parts.Sum(part => part.DiskBytes)),
            Size(needs.Parts.Sum(part => part.MemoryBytes)));
    }

    private static void Write(DeviceNeeds device, TextWriter output)
    {
        if (device is { Training: { } pass, Trained: { } trained })
        {
            output.WriteLine(
                $"{device.Device}, training: {Weights(pass.Kept.Frozen, pass.Kept)}, {Size(trained.Total)} what is "
                + $"trained ({Size(trained.Weights)} weights, {Size(trained.Gradients)} gradients, "
                + $"{Size(trained.Moments)} moments), and a pass of up to {pass.Positions:N0} positions:");
            WritePass("activations kept", pass.Kept, isChosen: !pass.IsCheckpointed);
            WritePass("activations recomputed", pass.Recomputed, isChosen: pass.IsCheckpointed);
        }

        Write("answering", "a conversation", device.Answering);
        Write("serving", $"{device.Serving.Conversations} conversations", device.Serving);

        void WritePass(string how, MemoryNeed need, bool isChosen) => output.WriteLine(
            $"  {how}: {Size(need.Kept + need.Temporary)}, in all {Size(need.Total)}"
            + $"{Room(need)}{(isChosen ? " (train takes this)" : "")}");

        void Write(string what, string whose, GenerationNeeds needs) => output.WriteLine(
            $"{device.Device}, {what}: {Weights(needs.Need.Frozen + needs.Need.Trained, needs.Need)}, "
            + $"{Size(needs.Need.Kept)} keys and values of {whose}, up to {needs.Positions:N0} positions, "
            + $"{Size(needs.Need.Temporary)} a pass: in all {Size(needs.Need.Total)}{Room(needs.Need)}");

        string Room(MemoryNeed need) =>
            device is { Memory: { } memory } ? Verdict(memory.Free, need.Total <= memory.Free) : "";
    }

    private static string Weights(long bytes, MemoryNeed need) =>
        $"{Size(bytes)} weights" + (need.Mapped > 0 ? $" beside {Size(need.Mapped)} in mapped files" : "");

    private static string Verdict(long free, bool fits) =>
        $"; {Size(free)} free{(fits ? "" : ", which is too little")}";

    private static string Size(long bytes) => bytes switch
    {
        >= 10_000_000_000 => $"{bytes / 1e9:N1} GB",
        >= 1_000_000_000 => $"{bytes / 1e9:N2} GB",
        >= 10_000_000 or 0 => $"{bytes / 1e6:N0} MB",
        _ => $"{bytes / 1e6:N2} MB",
    };
}
