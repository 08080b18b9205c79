using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Training;

/// <summary>The folder a training writes to. Nothing is made by naming it.</summary>
/// <param name="Root">The folder.</param>
public sealed record RunFolder(string Root)
{
    private const string LockName = ".training";

    /// <summary>The shards, unless they are elsewhere.</summary>
    public string Shards => Path.Combine(Root, "shards");

    /// <summary><c>checkpoints/step-00000500</c>, <c>checkpoints/best</c>.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>Makes the folder and takes it for this process.</summary>
    /// <exception cref="WorkException">Another training has it, or it cannot be written.</exception>
    public IDisposable Take()
    {
        try
        {
            Directory.CreateDirectory(Root);
            return new FileStream(Path.Combine(Root, LockName), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (File.Exists(Path.Combine(Root, LockName)))
        {
            throw new WorkException($"Another training is writing to '{Root}'. Wait for it, or name another folder with --out.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WorkException($"'{Root}' cannot be written: {exception.Message} Make it writable, or name another folder with --out.", exception);
        }
    }

    /// <summary>Removes checkpoints, so that training starts over. Shards stay.</summary>
    public void ThrowAwayTraining()
    {
        if (Directory.Exists(Checkpoints))
            Directory.Delete(Checkpoints, recursive: true);
    }
}
