using VisualChat.Pipeline.Scoring;

namespace VisualChat.Pipeline.Comparing;

/// <summary>What a comparison has found so far.</summary>
/// <param name="Plan">What is compared.</param>
/// <param name="Runs">What is known of each run, in the plan's order.</param>
internal sealed record ComparisonReport(ComparisonPlan Plan, IReadOnlyList<RunReport> Runs)
{
    /// <summary>Whether held-out questions with one right answer were put to a run.</summary>
    public bool HasAnswers => Runs.Any(run => run.Points.Any(point => point.Answers is not null));

    /// <summary>Every loss and share at every evaluation, by name: what curves show.</summary>
    public static IReadOnlyList<(string Title, Func<RunPoint, double> Figure)> Figures { get; } =
    [
        ("Evaluation loss", point => point.Loss),
        ("Tokens right", point => point.TokenAccuracy),
        ("Held-out questions right", point => point.RightShare),
    ];

    /// <summary>A variant's runs, in the order of seeds.</summary>
    public IReadOnlyList<RunReport> Of(Variant variant) => [.. Runs.Where(run => run.Run.Variant == variant)];

    /// <summary>
    /// The evaluations that a variant's runs have in common, by samples trained on: its seeds have
    /// the same number of samples at the same step.
    /// </summary>
    public IEnumerable<IGrouping<long, RunPoint>> Points(Variant variant) =>
        Of(variant).SelectMany(run => run.Points).GroupBy(point => point.Samples).OrderBy(same => same.Key);

    /// <summary>A figure of a variant's finished runs.</summary>
    public Spread Final(Variant variant, Func<RunReport, double> figure) =>
        Spread.Of(Of(variant).Where(run => run.IsTrained).Select(figure));

    /// <summary>
    /// The loss that every variant reaches: the highest of their last mean losses. How many samples
    /// each needs to get there says which learns from less data. NaN unless two have a finished
    /// run.
    /// </summary>
    public double CommonLoss
    {
        get
        {
            double[] last =
            [
                .. Plan.Variants.Select(variant => Final(variant, run => run.Final?.Loss ?? double.NaN).Mean)
                    .Where(double.IsFinite),
            ];
            return last.Length < 2 ? double.NaN : last.Max();
        }
    }

    /// <summary>
    /// The samples after which a run's loss is first at a level, between two evaluations in
    /// proportion; NaN: it never is.
    /// </summary>
    public static double SamplesUntil(RunReport run, double loss)
    {
        RunPoint? before = null;
        foreach (RunPoint point in run.Points)
        {
            if (point.Loss <= loss)
            {
                return before is null || !double.IsFinite(before.Loss)
                    ? point.Samples
                    : before.Samples
                        + (point.Samples - before.Samples) * (before.Loss - loss) / (before.Loss - point.Loss);
            }

            before = point;
        }

        return double.NaN;
    }

    /// <summary>The forms of held-out conversations, and how many questions each has.</summary>
    public IReadOnlyList<(string Form, int Asked, double Blind)> Forms
    {
        get
        {
            IReadOnlyList<HeldOutQuestion> questions =
                Runs.Select(run => run.Result?.Questions).FirstOrDefault(asked => asked is not null) ?? [];
            return
            [
                .. questions.GroupBy(question => question.Form)
                    .Select(form => (
                        form.Key, form.Count(), (double)form.Count(question => question.IsGuessed) / form.Count())),
            ];
        }
    }
}
