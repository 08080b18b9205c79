namespace VisualChat.Benchmarks;

/// <summary>
/// What a plan costs as a user runs it: <c>plan TOKENIZER [RECORDS]</c> makes a LLaVA set of that
/// many records under the temporary folder and runs <c>visualchat blend --dry-run</c> on it, first
/// without and then with its index in the cache.
/// </summary>
internal static class PlanBenchmark
{
    private const int Images = 1_000;

    public static int Run(string[] args)
    {
        if (args.Length < 1)
        {
            Console.Error.WriteLine("Usage: plan TOKENIZER [RECORDS]");
            return 2;
        }

        int records = args.Length > 1 ? int.Parse(args[1]) : 1_000_000;
        string root = Directory.CreateTempSubdirectory("visualchat-plan-").FullName;
        try
        {
            Directory.CreateDirectory(Path.Combine(root, "photos"));
            for (int image = 0; image < Images; image++)
                File.WriteAllText(Path.Combine(root, $"photos/{image:D6}.jpg"), "x");
            using (var writer = new StreamWriter(Path.Combine(root, "records.json")))
            {
                for (int record = 0; record < records; record++)
                {
                    writer.Write(record == 0 ? "[" : ",\n");
                    writer.Write(LlavaRecord.Json(record, $"{record % Images:D6}.jpg"));
                }

                writer.Write(']');
            }

            File.WriteAllText(Path.Combine(root, "recipe.yaml"), $$"""
                name: plan
                data:
                  sources:
                    - { name: records, format: llava, annotations: [records.json], images: photos }
                tokenizer: "{{Path.GetFullPath(args[0])}}"
                """);
            for (int round = 1; round <= 3; round++)
            {
                if (Directory.Exists(Path.Combine(root, "cache")))
                    Directory.Delete(Path.Combine(root, "cache"), recursive: true);
                foreach (string state in (string[])["without an index", "with the index"])
                {
                    var run = MeasuredProcess.RunVisualChat(root, "blend", "recipe.yaml", "--data", ".", "--dry-run");
                    Console.WriteLine(
                        $"plan of {records:N0} records, {state}: {run.Seconds:F2} s, peak {run.PeakMegabytes} MB");
                }
            }

            return 0;
        }
        finally
        {
            Directory.Delete(root, recursive: true);
        }
    }
}
