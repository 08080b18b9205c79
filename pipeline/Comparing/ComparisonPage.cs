using System.Buffers;
using System.Text.Json;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Images;
using VisualChat.Pipeline.Pages;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Comparing;

/// <summary>
/// <c>compare.html</c>: curves, results and conversations of a comparison as one page that needs
/// nothing else (<see cref="SelfContainedPage"/>), pictures included. It is written again after
/// every run.
/// </summary>
internal static class ComparisonPage
{
    private const int JpegQuality = 85;

    public static string PathIn(string folder) => Path.Combine(folder, "compare.html");

    /// <summary>Writes the page, in place of an earlier one. It appears whole.</summary>
    /// <param name="report">What was found.</param>
    /// <param name="shown">The conversations that are shown.</param>
    public static void Write(ComparisonReport report, IReadOnlyList<ShownConversation> shown, string folder)
    {
        var data = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(data))
            WriteData(json, report, shown);
        AtomicFile.Write(PathIn(folder), temporary =>
        {
            using FileStream file = File.Create(temporary);
            SelfContainedPage.Write(file, "comparison", report.Plan.Recipe.Name, data.WrittenSpan, hasCurves: true);
        });
    }

    private static void WriteData(
        Utf8JsonWriter json, ComparisonReport report, IReadOnlyList<ShownConversation> shown)
    {
        json.WriteStartObject();
        WriteFacts(json, report);
        json.WriteNumber("seeds", report.Plan.Seeds.Count);
        WriteNumber(json, "commonLoss", report.CommonLoss);
        json.WriteStartArray("variants");
        foreach (Variant variant in report.Plan.Variants)
            WriteVariant(json, report, variant);
        json.WriteEndArray();
        WriteCharts(json, report);
        WriteForms(json, report);
        WriteRuns(json, report);
        WriteConversations(json, report, shown);
        json.WriteString("recipe", report.Plan.Recipe.ToYaml());
        json.WriteEndObject();
    }

    private static void WriteFacts(Utf8JsonWriter json, ComparisonReport report)
    {
        ComparisonPlan plan = report.Plan;
        TrainingSettings training = plan.Recipe.Training!;
        json.WriteStartArray("facts");
        foreach (VariedKey key in plan.Keys)
            Write(key.Key, string.Join(", ", key.Values));
        Write("seeds", string.Join(", ", plan.Seeds));
        Write("runs finished", $"{report.Runs.Count(run => run.Result is not null):N0} of {report.Runs.Count:N0}");
        if (report.Runs.Select(run => run.Final).FirstOrDefault(point => point is not null) is { } last)
            Write("samples a run", $"{last.Samples:N0} in {last.Step:N0} updates");
        if (report.Runs.Select(run => run.Result?.Device).FirstOrDefault(device => device is not null) is { } device)
            Write("device", device);
        json.WriteEndArray();

        void Write(string name, string value) => PageFact.Write(json, name, value);
    }

    private static void WriteVariant(Utf8JsonWriter json, ComparisonReport report, Variant variant)
    {
        IReadOnlyList<RunReport> runs = report.Of(variant);
        json.WriteStartObject();
        json.WriteString("label", variant.Label);
        json.WriteNumber("finished", runs.Count(run => run.IsTrained));
        json.WriteNumber("diverged", runs.Count(run => run.Result?.Diverged is not null));
        Write("loss", run => run.Final?.Loss ?? double.NaN);
        Write("lowest", run => run.Points.Select(point => point.Loss).Where(double.IsFinite)
            .DefaultIfEmpty(double.NaN).Min());
        Write("tokens", run => run.Final?.TokenAccuracy ?? double.NaN);
        Write("right", run => run.RightShare);
        Write("samplesUntil", run => ComparisonReport.SamplesUntil(run, report.CommonLoss));
        Write("seconds", run => run.Final?.Seconds ?? double.NaN);
        Write("memory", run => run.Result?.PeakMemoryBytes ?? double.NaN);
        WriteNumber(
            json,
            "trained",
            runs.Select(run => run.Result).FirstOrDefault(result => result is not null)?.TrainedNumbers ?? double.NaN);
        json.WriteEndObject();

        void Write(string name, Func<RunReport, double> figure)
        {
            json.WritePropertyName(name);
            WriteSpread(json, report.Final(variant, figure));
        }
    }

    private static void WriteCharts(Utf8JsonWriter json, ComparisonReport report)
    {
        json.WriteStartArray("charts");
        foreach ((string title, Func<RunPoint, double> figure) in ComparisonReport.Figures)
        {
            if (!report.Runs.SelectMany(run => run.Points).Any(point => double.IsFinite(figure(point))))
                continue;
            json.WriteStartObject();
            json.WriteString("title", title);
            json.WriteStartArray("lines");
            foreach (Variant variant in report.Plan.Variants)
            {
                json.WriteStartArray();
                foreach (IGrouping<long, RunPoint> points in report.Points(variant))
                {
                    json.WriteStartObject();
                    json.WriteNumber("samples", points.Key);
                    WriteSpread(json, Spread.Of(points.Select(figure)), isNested: false);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteForms(Utf8JsonWriter json, ComparisonReport report)
    {
        json.WriteStartArray("forms");
        foreach ((string form, int asked, double blind) in report.Forms)
        {
            json.WriteStartObject();
            json.WriteString("form", form);
            json.WriteNumber("asked", asked);
            WriteNumber(json, "blind", blind);
            json.WriteStartArray("right");
            foreach (Variant variant in report.Plan.Variants)
                WriteSpread(json, report.Final(variant, run => run.ShareOf(question => question.Form == form)));
            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteRuns(Utf8JsonWriter json, ComparisonReport report)
    {
        json.WriteStartArray("runs");
        foreach (RunReport run in report.Plan.Variants.SelectMany(report.Of))
        {
            RunPoint? last = run.Points is [.., var latest] ? latest : null;
            json.WriteStartObject();
            json.WriteString("variant", run.Run.Variant.Label);
            json.WriteString("seed", $"{run.Run.Seed}");
            json.WriteString("ending", run.Ending);
            json.WriteString("note", run.Note);
            json.WriteString("folder", FolderName(run));
            WriteNumber(json, "step", last?.Step ?? double.NaN);
            WriteNumber(json, "loss", last?.Loss ?? double.NaN);
            WriteNumber(json, "tokens", last?.TokenAccuracy ?? double.NaN);
            WriteNumber(json, "right", run.RightShare);
            WriteNumber(json, "seconds", last?.Seconds ?? double.NaN);
            WriteNumber(json, "memory", run.Result?.PeakMemoryBytes ?? double.NaN);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static string FolderName(RunReport run)
    {
        string folder = run.Run.Folder.Root;
        return $"runs/{Path.GetFileName(Path.GetDirectoryName(folder))}/{Path.GetFileName(folder)}";
    }

    // Of each variant the run with the first seed: its words in every conversation.
    private static void WriteConversations(
        Utf8JsonWriter json, ComparisonReport report, IReadOnlyList<ShownConversation> shown)
    {
        var pictures = new Dictionary<string, int>();
        var data = new List<string>();
        ImageFrame frame = report.Plan.Recipe.Images.Frame;
        RunReport[] first = [.. report.Plan.Variants.Select(variant => report.Of(variant)[0])];
        json.WriteStartArray("conversations");
        foreach (ShownConversation conversation in shown)
        {
            json.WriteStartObject();
            json.WriteString("name", conversation.Name);
            json.WriteString("source", conversation.Source);
            json.WriteStartArray("rounds");
            int image = 0;
            for (int index = 0; index < conversation.Rounds.Count; index++)
            {
                ShownRound round = conversation.Rounds[index];
                json.WriteStartObject();
                json.WriteString("question", round.Question);
                json.WriteString("expected", round.Expected);
                json.WriteBoolean("exact", round.IsExact);
                json.WriteStartArray("pictures");
                for (int end = image + round.Images; image < end; image++)
                    json.WriteNumberValue(PictureOf(conversation.Images[image]));
                json.WriteEndArray();
                json.WriteStartArray("answers");
                foreach (RunReport run in first)
                    WriteAnswer(json, AnswerOf(run, conversation, index), round);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartArray("pictures");
        foreach (string picture in data)
            json.WriteStringValue(picture);
        json.WriteEndArray();

        int PictureOf(ChatImage image)
        {
            if (pictures.TryGetValue(image.Digest, out int known))
                return known;
            byte[] jpeg = CropEncoder.ToJpeg(image.Crop.ToArray(), frame.Size, JpegQuality);
            data.Add($"data:image/jpeg;base64,{Convert.ToBase64String(jpeg)}");
            return pictures[image.Digest] = data.Count - 1;
        }
    }

    // Those with one right answer are among the run's questions, the others were asked for this.
    private static string? AnswerOf(RunReport run, ShownConversation conversation, int round)
    {
        if (conversation.Rounds[round].IsExact)
        {
            return run.Result?.Questions?
                .FirstOrDefault(question => question.Conversation == conversation.Name && question.Round == round)?
                .Answer;
        }

        AnsweredConversation? answered =
            run.Result?.Conversations?.FirstOrDefault(answers => answers.Name == conversation.Name);
        if (answered is null)
            return null;
        return round < answered.Answers.Count
            ? answered.Answers[round]
            : round == answered.Answers.Count ? answered.Problem : null;
    }

    private static void WriteAnswer(Utf8JsonWriter json, string? answer, ShownRound round)
    {
        if (answer is null)
        {
            json.WriteNullValue();
            return;
        }

        json.WriteStartObject();
        json.WriteString("text", answer);
        if (round.IsExact)
            json.WriteBoolean("right", answer == round.Expected);
        json.WriteEndObject();
    }

    private static void WriteSpread(Utf8JsonWriter json, Spread spread, bool isNested = true)
    {
        if (isNested)
            json.WriteStartObject();
        WriteNumber(json, "mean", spread.Mean);
        WriteNumber(json, "deviation", spread.Deviation);
        json.WriteNumber("count", spread.Count);
        if (isNested)
            json.WriteEndObject();
    }

    private static void WriteNumber(Utf8JsonWriter json, string name, double number)
    {
        json.WritePropertyName(name);
        PageNumber.Write(json, number);
    }
}
