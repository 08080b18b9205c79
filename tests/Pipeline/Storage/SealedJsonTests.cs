using System.Text;
using System.Text.Json;
using VisualChat.Model.Training;
using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Storage;
using VisualChat.Pipeline.Training;

namespace VisualChat.Pipeline.Tests.Storage;

public sealed class SealedJsonTests
{
    private static readonly TrainingState State = new()
    {
        Step = 10,
        Position = new LoaderPosition(1, 5),
        PlanFingerprint = "plan",
        Trainer = new TrainerState { Updates = 10, Steps = 9, LossScale = 1, StepsAtScale = 0 },
        BestLoss = 0.5,
        BestStep = 8,
        Files = new Dictionary<string, FileChecksum> { ["model.safetensors"] = new(7, "ab") },
        Towers = new Dictionary<string, FileChecksum>(),
    };

    [Fact]
    public void The_last_key_is_the_checksum_of_all_other_bytes()
    {
        string text = SealedJson.Write(new ManifestShard("data/a.parquet", 1, 2, "cd"));

        text.Should().Be(
            """
            {
              "path": "data/a.parquet",
              "rows": 1,
              "bytes": 2,
              "sha256": "cd",
              "document_sha256": "fd9ce4efb5acfdd1298ddfac53d02105b2a742a53acebd8360386302dd0978a5"
            }

            """);
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_a_training_state_is_noticed()
    {
        byte[] file = Encoding.UTF8.GetBytes(SealedJson.Write(State));
        SealedJson.Read<TrainingState>(file).Step.Should().Be(10);
        EveryFlipIsNoticed<TrainingState>(file);
    }

    [Fact]
    public void A_flipped_bit_anywhere_in_an_account_is_noticed()
    {
        var account = new ShardAccount
        {
            Plan = "plan",
            Path = "data/train-00000-of-00001.parquet",
            Rows = 3,
            Bytes = 4,
            Sha256 = "ef",
            Entries = new() { ["llava"] = new SampleCounts { Samples = 3 } },
            Sources = [],
            RoundsDropped = 0,
            Rejects = [],
        };
        EveryFlipIsNoticed<ShardAccount>(Encoding.UTF8.GetBytes(SealedJson.Write(account)));
    }

    [Fact]
    public void A_document_of_an_earlier_version_is_read_without_a_checksum()
    {
        byte[] file = JsonSerializer.SerializeToUtf8Bytes(State with { Towers = null }, JsonText.Indented);

        SealedJson.Read<TrainingState>(file).Files.Keys.Should().Equal("model.safetensors");
    }

    [Theory]
    [InlineData("\"files\"", "\"filez\"")]
    [InlineData("\"trainer\"", "\"trainee\"")]
    [InlineData("\"position\"", "\"pOsition\"")]
    [InlineData("\"sample\"", "\"simple\"")]
    [InlineData("\"plan\"", "null")]
    [InlineData("\"best_loss\"", "\"step\"")]
    public void Even_then_a_key_that_is_unknown_missing_null_or_given_twice_is_an_error(string key, string other)
    {
        string text = JsonSerializer.Serialize(State, JsonText.Indented).Replace(key, other);
        Action read = () => SealedJson.Read<TrainingState>(Encoding.UTF8.GetBytes(text));

        read.Should().Throw<JsonException>();
    }

    private static void EveryFlipIsNoticed<T>(byte[] file) where T : class
    {
        for (int bit = 0; bit < file.Length * 8; bit++)
        {
            file[bit / 8] ^= (byte)(1 << (bit % 8));
            Action read = () => SealedJson.Read<T>(file);
            read.Should().Throw<JsonException>($"bit {bit % 8} of byte {bit / 8} is flipped");
            file[bit / 8] ^= (byte)(1 << (bit % 8));
        }
    }
}
