namespace VisualChat.Integration.Tests.Serving;

/// <summary>A small model that was trained for a few seconds, shared by the tests that talk to it, and the images of its world.</summary>
public sealed class TrainedModel : IDisposable
{
    private readonly TestFolder _folder = SampleTraining.Make();

    public TrainedModel()
    {
        VisualChatProgram.Run(_folder, "train", SampleTraining.Recipe, "--out", "out").ShouldExitWith(0);
        Checkpoint = SampleTraining.NewestCheckpoint(_folder, "out");
        Images = [.. Directory.EnumerateFiles(_folder.File("cache"), "*.jpg", SearchOption.AllDirectories).Order(StringComparer.Ordinal).Take(6)];
        Images.Should().HaveCount(6);
    }

    /// <summary>The checkpoint's folder.</summary>
    public string Checkpoint { get; }

    /// <summary>JPEG files.</summary>
    public IReadOnlyList<string> Images { get; }

    internal TestFolder Folder => _folder;

    /// <summary>An image as a request shows it.</summary>
    public string DataUri(int image) => DataUri(Images[image]);

    /// <summary>An image file as a request shows it.</summary>
    public string DataUri(string path) => $"data:image/jpeg;base64,{Convert.ToBase64String(File.ReadAllBytes(_folder.File(path)))}";

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();
}
