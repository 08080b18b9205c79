using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Serving.Scheduling;

/// <summary>An answer that is being computed for a place, a step at a time.</summary>
internal sealed class RunningAnswer(IAnswerSource source, Place place)
{
    private IComputedAnswer? _answer;
    private IEnumerator<string>? _pieces;

    /// <summary>Computes one step.</summary>
    /// <returns>Whether there is another.</returns>
    public bool Step()
    {
        try
        {
            if (place.IsLeft)
            {
                End();
                return false;
            }

            _answer ??= source.Begin(place.Prompt!);
            _pieces ??= _answer.Pieces().GetEnumerator();
            if (_pieces.MoveNext())
            {
                if (_pieces.Current.Length > 0)
                    place.Write(_pieces.Current);
                return true;
            }

            var summary = AnswerSummary.Of(_answer);
            End();
            place.Complete(summary);
            return false;
        }
        catch (Exception exception)
        {
            // Whatever happened to one answer, the others continue. Its client is told.
            End();
            place.Fail(exception);
            return false;
        }
    }

    /// <summary>Ends the answer because the server stops.</summary>
    public void Cut()
    {
        End();
        place.Fail(ApiException.Stopping());
    }

    private void End()
    {
        _pieces?.Dispose();
        _answer?.Dispose();
    }
}
