namespace VisualChat.Benchmarks;

/// <summary>
/// The memory of a whole blend over a large file of base64 images: <c>memory FOLDER TOKENIZER
/// [GB]</c> fills a MIMIC-IT image file with the folder's photographs, each entry named by one
/// instruction, and blends it twice, the second time with its index in the cache.
/// </summary>
internal static class MemoryBenchmark
{
    public static int Run(string[] args)
    {
        if (args.Length < 2)
        {
            Console.Error.WriteLine("Usage: memory FOLDER TOKENIZER [GB]");
            return 2;
        }

        long bytes = (long)(1e9 * (args.Length > 2 ? double.Parse(args[2]) : 1.5));
        string root = Directory.CreateTempSubdirectory("visualchat-memory-").FullName;
        try
        {
            IEnumerable<string> files = Directory.GetFiles(args[0], "*.jpg").Order(StringComparer.Ordinal);
            string[] photographs = [.. files.Select(path => Convert.ToBase64String(File.ReadAllBytes(path)))];
            int images = 0;
            using (var writer = new StreamWriter(Path.Combine(root, "images.json")))
            using (var instructions = new StreamWriter(Path.Combine(root, "instructions.json")))
            {
                writer.Write('{');
                instructions.Write("""{"data": {""");
                for (long written = 0; written < bytes; images++)
                {
                    string photograph = photographs[images % photographs.Length];
                    string comma = images == 0 ? "" : ", ";
                    writer.Write($"{comma}\"IMG_{images:D8}\": \"{photograph}\"");
                    instructions.Write($"{comma}\"INS_{images:D8}\": ");
                    instructions.Write("""{"instruction": "What is shown?", "answer": "A street.", """);
                    instructions.Write($"\"image_ids\": [\"IMG_{images:D8}\"]}}");
                    written += photograph.Length;
                }

                writer.Write('}');
                instructions.Write("}}");
            }

            File.WriteAllText(Path.Combine(root, "recipe.yaml"), $$"""
                name: memory
                data:
                  sources:
                    - { name: photographs, format: mimic-it, annotations: [instructions.json], images: images.json }
                tokenizer: "{{Path.GetFullPath(args[1])}}"
                """);
            foreach (string state in (string[])["without an index", "with the index"])
            {
                var run = MeasuredProcess.RunVisualChat(
                    root, "blend", "recipe.yaml", "--data", ".", "--out", "out", "--fresh", "--workers", "2");
                Console.WriteLine(
                    $"blend of {images:N0} base64 photographs in {bytes / 1e9:F1} GB, {state}: "
                    + $"{run.Seconds:F1} s, peak {run.PeakMegabytes} MB");
            }

            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
