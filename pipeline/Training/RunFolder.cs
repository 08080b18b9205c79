using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Training;

/// <summary>The folder that a training writes to. Naming it makes nothing.</summary>
internal sealed record RunFolder(string Root)
{
    private const string LockName = ".training";

    /// <summary>The shards, unless they are elsewhere.</summary>
    public string Shards => Path.Combine(Root, "shards");

    /// <summary>Features of images, if the recipe has them kept here.</summary>
    public string Features => Path.Combine(Root, "features");

    /// <summary><c>checkpoints/step-00000500</c>, <c>checkpoints/best</c>.</summary>
    public string Checkpoints => Path.Combine(Root, "checkpoints");

    /// <summary>Makes the folder and locks it for this process.</summary>
    /// <exception cref="WorkException">
    /// Another training has it, or it cannot be written.
    /// </exception>
    public IDisposable Take()
    {
        string path = Path.Combine(Root, LockName);
        try
        {
            Directory.CreateDirectory(Root);
            return new FileStream(
                path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None, 1, FileOptions.DeleteOnClose);
        }
        catch (IOException exception) when (File.Exists(path))
        {
            throw new WorkException(
                $"Another training is writing to '{Root}'. Wait for it, or name another folder with --out.", exception);
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            throw new WorkException(
                $"'{Root}' cannot be written: {exception.Message} "
                + "Make it writable, or name another folder with --out.",
                exception);
        }
    }

    /// <summary>Removes checkpoints, so that training starts over. Shards stay.</summary>
    public void ThrowAwayTraining()
    {
        if (Directory.Exists(Checkpoints))
            Directory.Delete(Checkpoints, recursive: true);
    }
}
