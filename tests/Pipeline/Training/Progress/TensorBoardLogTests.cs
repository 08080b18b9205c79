using System.Buffers.Binary;
using System.Numerics;
using Tensorboard;
using VisualChat.Pipeline.Training.Progress;

namespace VisualChat.Pipeline.Tests.Training.Progress;

public sealed class TensorBoardLogTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("visualchat-").FullName;
    private readonly ManualTime _time = new();

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void An_event_file_holds_the_version_and_then_the_figures()
    {
        Write(TensorBoardLog.Start(_folder, _time), Figures.Evaluation(0), Figures.Step(1));

        List<Event> events = EventsOf(Files().Single());
        events[0].FileVersion.Should().Be("brain.Event:2");
        events[1].WallTime.Should().Be(20000L * 24 * 60 * 60);
        ScalarsOf(events).Should().Equal(
            "0 evaluation/loss 2.5",
            "1 train/loss 1.5",
            "1 train/learning_rate 0.001",
            "1 train/gradient_norm 0.25",
            "1 train/tokens_per_second 800");
    }

    [Fact]
    public void What_a_skipped_update_lacks_is_left_out()
    {
        StepFigures skipped = Figures.Step(1, double.NaN) with
        {
            GradientNorm = double.NaN,
            Skipped = "the loss is not finite",
        };

        Write(TensorBoardLog.Start(_folder, _time), skipped);

        ScalarsOf(EventsOf(Files().Single())).Should()
            .Equal("1 train/learning_rate 0.001", "1 train/tokens_per_second 800");
    }

    [Fact]
    public void A_resumed_run_repeats_nothing()
    {
        Write(
            TensorBoardLog.Start(_folder, _time),
            Figures.Step(1),
            Figures.Step(2),
            Figures.Evaluation(2),
            Figures.Step(3, loss: 9),
            Figures.Step(4, loss: 9));

        Write(TensorBoardLog.Resume(_folder, 2, _time), Figures.Evaluation(2), Figures.Step(3), Figures.Evaluation(3));

        Files().Should().HaveCount(2);
        IEnumerable<string> scalars = ScalarsOf(Files().SelectMany(EventsOf));
        scalars.Where(scalar => scalar.Contains("loss", StringComparison.Ordinal)).Should().Equal(
            "1 train/loss 1.5",
            "2 train/loss 1.5",
            "2 evaluation/loss 2.5",
            "3 train/loss 1.5",
            "3 evaluation/loss 2.5");
    }

    [Fact]
    public void An_event_that_a_kill_left_unfinished_is_cut_off()
    {
        Write(TensorBoardLog.Start(_folder, _time), Figures.Step(1));
        string file = Files().Single();
        long whole = new FileInfo(file).Length;
        File.AppendAllText(file, "\u0010\0\0\0\0\0\0\0sum!half");

        Write(TensorBoardLog.Resume(_folder, 1, _time));

        new FileInfo(file).Length.Should().Be(whole);
    }

    [Fact]
    public void A_run_from_the_start_leaves_no_events_of_another()
    {
        Write(TensorBoardLog.Start(_folder, _time), Figures.Step(1));

        Write(TensorBoardLog.Start(_folder, _time), Figures.Step(1, loss: 3));

        ScalarsOf(EventsOf(Files().Single())).Should().StartWith("1 train/loss 3");
    }

    private string[] Files() =>
        [.. Directory.GetFiles(Path.Combine(_folder, "tensorboard")).Order(StringComparer.Ordinal)];

    private static void Write(TensorBoardLog log, params TrainingEvent[] events)
    {
        using (log)
        {
            foreach (TrainingEvent happened in events)
                log.Observe(happened);
        }
    }

    private static IEnumerable<string> ScalarsOf(IEnumerable<Event> events) =>
        from item in events
        where item.Summary is not null
        let scalar = item.Summary.Value.Single()
        select $"{item.Step} {scalar.Tag} {scalar.SimpleValue}";

    // TensorFlow's TFRecord: length, its masked CRC-32C, the event, its masked CRC-32C.
    private static List<Event> EventsOf(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        var events = new List<Event>();
        for (int at = 0; at < file.Length;)
        {
            int length = (int)BinaryPrimitives.ReadInt64LittleEndian(file.AsSpan(at));
            uint lengthSum = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 8));
            uint eventSum = BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(at + 12 + length));
            lengthSum.Should().Be(MaskedCrc(file.AsSpan(at, 8)));
            eventSum.Should().Be(MaskedCrc(file.AsSpan(at + 12, length)));
            events.Add(Event.Parser.ParseFrom(file, at + 12, length));
            at += 12 + length + 4;
        }

        return events;
    }

    private static uint MaskedCrc(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
            crc = BitOperations.Crc32C(crc, value);
        return BitOperations.RotateRight(~crc, 15) + 0xA282EAD8;
    }
}
