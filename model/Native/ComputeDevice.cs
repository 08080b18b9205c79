using System.Globalization;
using TorchSharp;
using VisualChat.Model.Errors;

namespace VisualChat.Model.Native;

/// <summary>The device a model computes on.</summary>
public static class ComputeDevice
{
    private const string Cpu = "cpu";
    private const string Numbered = "cuda:";

    /// <summary><c>cuda</c> if libtorch sees a GPU, else <c>cpu</c>. Loads libtorch.</summary>
    /// <exception cref="ModelException">libtorch cannot be loaded.</exception>
    public static string Default()
    {
        TorchNatives.EnsureLoadable();
        return torch.cuda.is_available() ? "cuda" : "cpu";
    }

    /// <summary>
    /// Refuses a device that is not there. Loads libtorch for one that is no CPU.
    /// </summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</param>
    /// <exception cref="ModelException">There is no such device, or no libtorch.</exception>
    public static void Require(string name)
    {
        if (name == Cpu)
            return;
        TorchNatives.EnsureLoadable();
        Check(name, static () => torch.cuda.device_count());
    }

    /// <summary>A device by its name.</summary>
    /// <param name="name"><c>cpu</c>, <c>cuda</c> or <c>cuda:1</c>.</param>
    /// <param name="countGpus">How many GPUs libtorch sees; asked only for a name of one.</param>
    /// <exception cref="ModelException">There is no such device.</exception>
    internal static torch.Device Named(string name, Func<int> countGpus)
    {
        Check(name, countGpus);
        return torch.device(name);
    }

    /// <inheritdoc cref="Named"/>
    internal static void Check(string name, Func<int> countGpus)
    {
        if (name == Cpu)
            return;
        int number = 0;
        bool isNumbered = name.StartsWith(Numbered, StringComparison.Ordinal)
            && int.TryParse(name[Numbered.Length..], NumberStyles.None, null, out number);
        if (name != "cuda" && !isNumbered)
            throw new ModelException($"There is no device '{name}'; there are cpu, cuda and cuda:N.");
        int gpus = countGpus();
        if (gpus == 0)
        {
            throw new ModelException(
                $"The device '{name}' is not there: libtorch sees no GPU. Use cpu, a build with TorchBackend=cuda, "
                + $"or {TorchNatives.FolderVariable}=FOLDER of a libtorch with CUDA.");
        }

        if (number >= gpus)
        {
            string seen = gpus == 1 ? "one GPU, cuda:0" : $"{gpus} GPUs, cuda:0 to cuda:{gpus - 1}";
            throw new ModelException($"The device '{name}' is not there: libtorch sees {seen}.");
        }
    }
}
