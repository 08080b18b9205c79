using VisualChat.Model.Errors;
using VisualChat.Model.Native;

namespace VisualChat.Model.Tests.Native;

public sealed class LibtorchFolderTests
{
    private readonly string _folder = TestData.NewFolder();

    [Theory]
    [InlineData("build-version", "2.10.0+cu128\n")]
    [InlineData("version.py", "__all__ = ['x']\n__version__ = '2.10.1+cpu'\n")]
    [InlineData("version.py", "__version__ = '2.11.0+cu130'\n")]
    public void A_folder_of_the_right_version_is_found_by_its_name_or_its_librarys(string file, string content)
    {
        string libraries = Libraries();
        File.WriteAllText(Path.Combine(_folder, file), content);
        LibtorchFolder.Find(_folder).Should().Be(libraries);
        LibtorchFolder.Find(libraries + "/").Should().Be(libraries + "/");
    }

    [Theory]
    [InlineData("2.7.1+cpu")]
    [InlineData("2.1.0")]
    [InlineData("2.12.0")]
    [InlineData("2.13.0+cu130")]
    public void Another_version_is_refused(string version)
    {
        _ = Libraries();
        File.WriteAllText(Path.Combine(_folder, "build-version"), version);
        Refusal(_folder).Should().Be(
            $"VISUALCHAT_LIBTORCH: '{_folder}' is libtorch {version}, and TorchSharp needs 2.10 or 2.11: others lack "
            + "functions that it calls. Name another folder, or unset the variable.");
    }

    [Fact]
    public void A_folder_without_libtorch_or_without_a_version_is_refused()
    {
        Refusal(_folder).Should().StartWith($"VISUALCHAT_LIBTORCH: '{_folder}' has no libtorch.so");
        _ = Libraries();
        Refusal(_folder).Should().StartWith($"VISUALCHAT_LIBTORCH: '{_folder}' does not say its version");
    }

    private static string Refusal(string folder)
    {
        Func<string> act = () => LibtorchFolder.Find(folder);
        return act.Should().Throw<ModelException>().Which.Message;
    }

    private string Libraries()
    {
        string libraries = Path.Combine(_folder, "lib");
        _ = Directory.CreateDirectory(libraries);
        File.WriteAllText(Path.Combine(libraries, "libtorch.so"), "");
        return libraries;
    }
}
