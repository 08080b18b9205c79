using System.Diagnostics;
using VisualChat.Pipeline.Cache;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Sources;

namespace VisualChat.Benchmarks;

/// <summary>
/// What indexing costs beside a plain read: <c>index [GB] [records]</c> makes a base64 image file
/// and a LLaVA file under the temporary folder, reads and indexes them from the page cache, and
/// removes them.
/// </summary>
internal static class IndexBenchmark
{
    public static int Run(string[] args)
    {
        double gigabytes = args.Length > 0 ? double.Parse(args[0]) : 1.5;
        int records = args.Length > 1 ? int.Parse(args[1]) : 1_000_000;
        string root = Directory.CreateTempSubdirectory("visualchat-index-").FullName;
        try
        {
            MeasureImages(root, (long)(gigabytes * 1e9));
            MeasureRecords(root, records);
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }

        return 0;
    }

    private static void MeasureImages(string root, long bytes)
    {
        string path = Path.Join(root, "images.json");
        byte[] image = new byte[30_000];
        Random.Shared.NextBytes(image);
        string text = Convert.ToBase64String(image);
        using (var writer = new StreamWriter(path, append: false))
        {
            writer.Write("{\"i0\": \"AQID\"");
            for (int number = 1; writer.BaseStream.Position < bytes; number++)
                writer.Write($", \"TVC_IMG_{number:D8}\": \"{text}\"");
            writer.Write('}');
        }

        File.WriteAllText(
            Path.Join(root, "one.json"),
            """{"data": {"I": {"instruction": "Q?", "answer": "A.", "image_ids": ["i0"]}}}""");
        var entry = new EntrySettings
        {
            Name = "images",
            Format = SourceFormat.MimicIt,
            Annotations = ["one.json"],
            Images = "images.json",
        };
        double size = new FileInfo(path).Length / 1e9;
        for (int round = 1; round <= 3; round++)
        {
            double plain = Seconds(() => ReadPlainly(path));
            double index = Seconds(() => Load(root, entry, fresh: true));
            double second = Seconds(() => Load(root, entry, fresh: false));
            Console.WriteLine(
                $"base64 {size:F2} GB: plain read {size / plain:F2} GB/s, "
                + $"index {size / index:F2} GB/s ({plain / index:P0} of it), "
                + $"second run {second * 1e3:F0} ms, peak {PeakMegabytes()} MB");
        }
    }

    private static void MeasureRecords(string root, int records)
    {
        string path = Path.Join(root, "llava.json");
        _ = Directory.CreateDirectory(Path.Join(root, "photos"));
        using (var writer = new StreamWriter(path))
        {
            for (int record = 0; record < records; record++)
            {
                string image = $"{record % 1000:D12}.jpg";
                if (record < 1000)
                    File.WriteAllText(Path.Join(root, "photos", image), "x");
                writer.Write(record == 0 ? "[" : ",\n");
                writer.Write(LlavaRecord.Json(record, image));
            }

            writer.Write(']');
        }

        var entry = new EntrySettings
        {
            Name = "records",
            Format = SourceFormat.Llava,
            Annotations = ["llava.json"],
            Images = "photos",
        };
        double size = new FileInfo(path).Length / 1e9;
        for (int round = 1; round <= 3; round++)
        {
            double plain = Seconds(() => ReadPlainly(path));
            double index = Seconds(() => Load(root, entry, fresh: true));
            double second = Seconds(() => Load(root, entry, fresh: false));
            Console.WriteLine(
                $"LLaVA {records:N0} records, {size:F2} GB: plain read {plain:F2} s, "
                + $"index {index:F2} s ({records / index / 1e3:F0} k records/s), "
                + $"second run {second:F2} s, peak {PeakMegabytes()} MB");
        }
    }

    private static void Load(string root, EntrySettings entry, bool fresh)
    {
        var cache = new IndexCache(new CacheFolder(Path.Join(root, "cache")));
        if (fresh && Directory.Exists(cache.Folder.Path))
            Directory.Delete(cache.Folder.Path!, recursive: true);
        var data = new DataSettings { Sources = [entry] };
        SourceCatalog catalog = SourceLoader.LoadAsync(data, root, cache).GetAwaiter().GetResult();
        if (catalog.Datasets[0].Rejects.Count > 0)
            throw new InvalidOperationException(catalog.Datasets[0].Rejects[0].ToString());
    }

    private static void ReadPlainly(string path)
    {
        byte[] block = new byte[512 << 10];
        using var handle = File.OpenHandle(path);
        for (long at = 0; RandomAccess.Read(handle, block, at) is > 0 and int read;)
            at += read;
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    private static long PeakMegabytes()
    {
        using Process process = Process.GetCurrentProcess();
        return process.PeakWorkingSet64 / 1_000_000;
    }
}
