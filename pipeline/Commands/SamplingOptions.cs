using System.CommandLine;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Commands;

/// <summary>How tokens are chosen, as <c>chat</c> and <c>generate</c> are told.</summary>
internal static class SamplingOptions
{
    private static readonly SamplingSettings Default = new();

    public static void AddTo(Command command)
    {
        command.Add(new Option<double>("--temperature")
        {
            HelpName = "T",
            Description = "How freely tokens are chosen: 0, the default, takes the likeliest.",
            DefaultValueFactory = _ => Default.Temperature,
        });
        command.Add(new Option<int>("--top-k")
        {
            HelpName = "K",
            Description = "Choose among the K likeliest tokens; 0: among all.",
            DefaultValueFactory = _ => Default.TopK,
        });
        command.Add(new Option<double>("--top-p")
        {
            HelpName = "P",
            Description = "Choose among the likeliest tokens that together reach this probability.",
            DefaultValueFactory = _ => Default.TopP,
        });
        command.Add(new Option<double>("--repetition-penalty")
        {
            HelpName = "R",
            Description = "Above 1, tokens that were there become less likely.",
            DefaultValueFactory = _ => Default.RepetitionPenalty,
        });
        command.Add(new Option<int>("--max-tokens")
        {
            HelpName = "N",
            Description = "The most tokens of an answer.",
            DefaultValueFactory = _ => Default.MaxNewTokens,
        });
        command.Add(new Option<long?>("--seed")
        {
            HelpName = "S",
            Description = "Decides every choice: the same conversation with the same seed has the same answers.",
        });
    }

    /// <param name="seed">The seed if none is given and one matters.</param>
    /// <exception cref="InputException">
    /// A value cannot be followed; every problem is listed.
    /// </exception>
    public static AnswerSettings From(ParseResult parsed, long seed)
    {
        double temperature = parsed.GetValue<double>("--temperature");
        var settings = new AnswerSettings
        {
            Sampling = new SamplingSettings
            {
                Temperature = temperature,
                TopK = parsed.GetValue<int>("--top-k"),
                TopP = parsed.GetValue<double>("--top-p"),
                RepetitionPenalty = parsed.GetValue<double>("--repetition-penalty"),
                MaxNewTokens = parsed.GetValue<int>("--max-tokens"),
                Seed = parsed.GetValue<long?>("--seed") ?? (temperature == 0 ? 0 : seed),
            },
        };
        return settings.Checked();
    }
}
