using System.Diagnostics;
using System.Net.Sockets;
using VisualChat.Model.Files;
using VisualChat.Pipeline.Answering;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Sources.Indexes;
using VisualChat.Pipeline.Sources.Json;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Tokens;

namespace VisualChat.Pipeline.Tests.Storage;

/// <summary>
/// Wherever a file is named, what is no file is an error at once: nothing waits, nothing is read
/// without end.
/// </summary>
public sealed class UserFilePlacesTests : IDisposable
{
    private static readonly Dictionary<string, Action<string>> Places = new()
    {
        ["recipe"] = path => RecipeReader.Read(path, [], []),
        ["questions"] = path => QuestionFile.Read(path),
        ["tokenizer"] = path => SentencePieceTokenizer.Load(path),
        ["image"] = path => new ChatImages(32).FromFile(path),
        ["annotations"] = path => new BlockReader(path).Dispose(),
        ["Parquet images"] = path => ParquetFileIndex.Build(path, _ => { }, CancellationToken.None),
        ["shard"] = path => ShardFileReader.OpenAsync(path, CancellationToken.None).GetAwaiter().GetResult(),
        ["hash"] = path => Sha256.OfFile(path),
        ["fingerprint"] = path => FileFingerprint.Of(path, "test"),
    };

    private static readonly string[] Kinds =
        ["fifo", "link to a fifo", "zero", "socket", "folder", "nothing", "link to nothing", "circle"];

    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;

    public static TheoryData<string> Names => [.. Places.Keys];

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [MemberData(nameof(Names))]
    public void What_is_no_file_is_an_error_at_once(string place)
    {
        using Socket socket = MakeAll();
        foreach (string kind in Kinds)
        {
            var watch = Stopwatch.StartNew();
            Exception? error = Record.Exception(() => Places[place](Path.Combine(_folder, kind)));
            watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(20), "{0} as {1}", kind, place);
            (error is InputException or WorkException or UserFileException)
                .Should().BeTrue("{0} as {1} gave {2}", kind, place, error);
            error!.Message.Should().Contain(kind);
        }
    }

    private Socket MakeAll()
    {
        string At(string name) => Path.Combine(_folder, name);
        using (var made = Process.Start("mkfifo", At("fifo")))
            made.WaitForExit();
        File.CreateSymbolicLink(At("link to a fifo"), At("fifo"));
        File.CreateSymbolicLink(At("zero"), "/dev/zero");
        Directory.CreateDirectory(At("folder"));
        File.CreateSymbolicLink(At("link to nothing"), At("gone"));
        File.CreateSymbolicLink(At("circle"), At("circle"));
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(At("socket")));
        return socket;
    }
}
