using System.Diagnostics;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.HuggingFace;
using VisualChat.Model.Language;
using VisualChat.Model.TensorFiles;
using VisualChat.Model.Vision;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.HuggingFace;

/// <summary>
/// Small files with flipped, changed, cut and added bytes, by a seed: each is read or refused with
/// a sentence, in bounded time and memory; nothing else is thrown, and what is read can be mapped.
/// </summary>
public sealed class DamagedFilesTests
{
    private const int Changes = 400;

    private readonly string _path = Path.Combine(TestData.NewFolder(), "file");

    [Theory]
    [InlineData("tensors.bin", 1)]
    [InlineData("protocol4.bin", 2)]
    [InlineData("zip64.bin", 3)]
    [InlineData("unaligned.bin", 4)]
    [InlineData("legacy.bin", 5)]
    public void A_damaged_file_of_PyTorch_is_read_or_refused(string file, int seed) =>
        ReadAll(File.ReadAllBytes(TestData.At("pickles", file)), seed);

    [Fact]
    public void A_damaged_safetensors_file_is_read_or_refused()
    {
        TestData.Write(_path, ("one", [2, 2], [1, 2, 3, 4]), ("none", [0, 3], []), ("scalar", [], [5]));
        ReadAll(File.ReadAllBytes(_path), seed: 6);
    }

    [Fact]
    public void A_damaged_configuration_is_read_or_refused()
    {
        string folder = Path.GetDirectoryName(_path)!, config = Path.Combine(folder, "config.json");
        byte[] whole = """
            {"model_type":"llama","hidden_size":64,"intermediate_size":128,"num_hidden_layers":2,
             "num_attention_heads":4,"num_key_value_heads":2,"vocab_size":100,"rms_norm_eps":1e-5,
             "rope_scaling":{"type":"linear","factor":2.0},"tie_word_embeddings":false}
            """u8.ToArray();
        foreach (byte[] damaged in Damaged(whole, seed: 7))
        {
            File.WriteAllBytes(config, damaged);
            ReadOrRefused(() => LlamaConfig.Read(folder));
            ReadOrRefused(() => ClipVisionConfig.Read(folder));
        }
    }

    private void ReadAll(byte[] whole, int seed)
    {
        var watch = Stopwatch.StartNew();
        int read = 0, refused = 0;
        foreach (byte[] damaged in Damaged(whole, seed))
        {
            File.WriteAllBytes(_path, damaged);
            if (ReadOrRefused(Load))
                read++;
            else
                refused++;
        }

        read.Should().BePositive("a flipped weight is still a weight");
        refused.Should().BePositive();
        watch.Elapsed.Should().BeLessThan(TimeSpan.FromSeconds(60));

        void Load()
        {
            using DisposeScope scope = NewDisposeScope();
            using var files = new MappedFiles();
            foreach (TensorEntry entry in WeightFile.Read(_path).Values)
            {
                entry.Bytes.Should().BeLessThanOrEqualTo(damagedBytes());
                _ = files.Load(entry).shape;
            }
        }

        long damagedBytes() => new FileInfo(_path).Length;
    }

    private static bool ReadOrRefused(Action read)
    {
        try
        {
            read();
            return true;
        }
        catch (ModelException)
        {
            return false;
        }
    }

    private static IEnumerable<byte[]> Damaged(byte[] whole, int seed)
    {
        var random = new Random(seed);
        for (int change = 0; change < Changes; change++)
        {
            byte[] bytes = [.. whole];
            int at = random.Next(bytes.Length);
            switch (change % 4)
            {
                case 0:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    random.NextBytes(bytes.AsSpan(at, Math.Min(8, bytes.Length - at)));
                    break;
                case 2:
                    bytes = bytes[..at];
                    break;
                default:
                    bytes = [.. bytes[..at], (byte)random.Next(256), .. bytes[at..]];
                    break;
            }

            yield return bytes;
        }
    }
}
