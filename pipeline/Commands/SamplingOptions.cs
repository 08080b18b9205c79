using System.CommandLine;
using VisualChat.Model.Generation;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Errors;

namespace VisualChat.Pipeline.Commands;

/// <summary>How tokens are chosen, as <c>chat</c> and <c>generate</c> take it from a command line.</summary>
internal sealed class SamplingOptions
{
    private static readonly SamplingSettings Default = new();

    private readonly Option<double> _temperature = new("--temperature") { HelpName = "T", Description = "How freely tokens are chosen: 0, the default, takes the likeliest.", DefaultValueFactory = _ => Default.Temperature };
    private readonly Option<int> _topK = new("--top-k") { HelpName = "K", Description = "Choose among the K likeliest tokens; 0: among all.", DefaultValueFactory = _ => Default.TopK };
    private readonly Option<double> _topP = new("--top-p") { HelpName = "P", Description = "Choose among the likeliest tokens that together reach this probability.", DefaultValueFactory = _ => Default.TopP };
    private readonly Option<double> _repetitionPenalty = new("--repetition-penalty") { HelpName = "R", Description = "Above 1, tokens that were there become less likely.", DefaultValueFactory = _ => Default.RepetitionPenalty };
    private readonly Option<int> _maxTokens = new("--max-tokens") { HelpName = "N", Description = "The most tokens of an answer.", DefaultValueFactory = _ => Default.MaxNewTokens };
    private readonly Option<long?> _seed = new("--seed") { HelpName = "S", Description = "Decides every choice: the same conversation with the same seed has the same answers." };

    /// <summary>Adds the options to a command.</summary>
    public void AddTo(Command command)
    {
        foreach (Option option in new Option[] { _temperature, _topK, _topP, _repetitionPenalty, _maxTokens, _seed })
            command.Add(option);
    }

    /// <summary>What was given.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="seed">The seed where none was given and one matters.</param>
    /// <exception cref="InputException">It cannot be followed; every problem is listed.</exception>
    public AnswerSettings Read(ParseResult parsed, long seed) => new AnswerSettings
    {
        Sampling = new SamplingSettings
        {
            Temperature = parsed.GetValue(_temperature),
            TopK = parsed.GetValue(_topK),
            TopP = parsed.GetValue(_topP),
            RepetitionPenalty = parsed.GetValue(_repetitionPenalty),
            MaxNewTokens = parsed.GetValue(_maxTokens),
            Seed = parsed.GetValue(_seed) ?? (parsed.GetValue(_temperature) == 0 ? 0 : seed),
        },
    }.Checked();
}
