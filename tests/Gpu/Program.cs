using VisualChat.Gpu;
using VisualChat.Gpu.Steps;
using VisualChat.Model.Errors;

const string Usage =
    """
    Usage: visualchat-gpu STEP --results FILE --device cuda|cpu [--small] [--recomputed] --work FOLDER --packed FOLDER
    run.sh runs the steps in this order; docs/gpu.md says what they measure.
      environment   the machine, without libtorch
      abi           whether libtorch has every symbol that TorchSharp's bridge asks for
      bridge        whether both load, and what they compute
      parity        five updates of the quick start, on the CPU and on the device
      oracle        losses and gradients of small models, for oracle.py to compare
      ceilings      the device's rate of products and of copies
      weights       a random LLaMA-2 7B and CLIP ViT-L/14 into the work folder
      updates       [--recomputed] the time and memory of updates of 1, 6 and 12 samples
      cudnn-first   two updates where cuDNN's attention is asked first
      generation    the time to an answer's first token, and tokens a second
      table         the figures as Markdown, on standard output
    """;

if (args is not [string step, .. string[] rest])
{
    Console.Error.WriteLine(Usage);
    return 2;
}

Action<RunOptions>? run = step switch
{
    "environment" => EnvironmentStep.Run,
    "abi" => AbiStep.Run,
    "bridge" => BridgeStep.Run,
    "parity" => ParityStep.Run,
    "oracle" => OracleStep.Run,
    "ceilings" => CeilingsStep.Run,
    "weights" => WeightsStep.Run,
    "updates" => UpdatesStep.Run,
    "cudnn-first" => UpdatesStep.RunTwo,
    "generation" => GenerationStep.Run,
    "table" => TableStep.Run,
    _ => null,
};
if (run is null)
{
    Console.Error.WriteLine(Usage);
    return 2;
}

try
{
    var options = RunOptions.Parse(rest);
    run(options);
    return options.Results.AllMet ? 0 : 1;
}
catch (Exception exception) when (exception is ModelException or ArgumentException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
