namespace VisualChat.Integration.Tests;

public sealed class FailingStorageTests
{
    [Fact]
    public void A_full_disk_is_one_clear_error_and_a_rerun_continues()
    {
        using TestFolder folder = SampleBlend.Make(150);
        VisualChatProgram.Run(folder, Blend("whole")).ShouldExitWith(0);

        ProgramResult full = VisualChatProgram.RunWithFileLimit(folder, kilobytes: 400, Blend("out")).ShouldExitWith(1);

        full.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Should().ContainSingle(line => line.StartsWith("error: ", StringComparison.Ordinal))
            .Which.Should().Contain(folder.File("out")).And.Contain("run the same command again");
        VisualChatProgram.Run(folder, Blend("out")).ShouldExitWith(0);
        folder.HashesOf("out").Should().Equal(folder.HashesOf("whole"));
    }

    [Fact]
    public void A_folder_that_cannot_be_written_is_named()
    {
        using TestFolder folder = SampleBlend.Make(60);

        // Not even root makes folders there.
        VisualChatProgram.Run(folder, Blend("/proc/visualchat-out")).ShouldExitWith(1)
            .Error.Should().Contain("/proc/visualchat-out").And.Contain("--out");
    }

    [Fact]
    public void An_annotation_file_that_cannot_be_read_is_named()
    {
        using TestFolder folder = SampleBlend.Make(60);
        File.Delete(folder.File("world/llava/detail_23k.json"));
        Directory.CreateDirectory(folder.File("world/llava/detail_23k.json"));

        VisualChatProgram.Run(folder, Blend("out")).ShouldExitWith(2)
            .Error.Should().Contain("detail_23k.json");
    }

    [Fact]
    public void Two_blends_never_write_one_folder()
    {
        using TestFolder folder = SampleBlend.Make(60);
        Directory.CreateDirectory(folder.File("out/.visualchat"));
        using var taken = new FileStream(
            folder.File("out/.visualchat/lock-all"), FileMode.Create, FileAccess.ReadWrite, FileShare.None);

        VisualChatProgram.Run(folder, Blend("out")).ShouldExitWith(1)
            .Error.Should().Contain("Another blend is writing to");
    }

    [Fact]
    public void A_folder_with_something_else_in_it_is_left_alone()
    {
        using TestFolder folder = SampleBlend.Make(60);
        folder.Write("project/README.md", "mine");

        VisualChatProgram.Run(folder, Blend("project")).ShouldExitWith(2)
            .Error.Should().Contain("holds no blend");
        Directory.GetFileSystemEntries(folder.File("project")).Should().ContainSingle();
    }
    private static string[] Blend(string output) =>
        ["blend", SampleBlend.Recipe, "--data", SampleBlend.World, "--out", output];
}
