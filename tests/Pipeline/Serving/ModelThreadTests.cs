using VisualChat.Model.Errors;
using VisualChat.Pipeline.Chat;
using VisualChat.Pipeline.Serving;
using VisualChat.Pipeline.Serving.Protocol;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>Who is answered when, and who is told what.</summary>
public sealed class ModelThreadTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ScriptedAnswers _script = new();
    private ModelThread? _thread;

    public void Dispose()
    {
        _script.Gate.Release(1000);
        _thread?.Dispose();
    }

    [Fact]
    public async Task Answers_side_by_side_alternate_and_the_others_wait_in_the_order_they_asked()
    {
        Start(sideBySide: 2, waiting: 8);
        Place first = Ask("wait");
        await UntilAsync(() => _script.Steps.Contains("wait prompt"));
        Place[] others = [Ask("a b c"), Ask("d e"), Ask("f g")];
        _script.Gate.Release();

        foreach (Place place in new[] { first }.Concat(others))
            await TextOfAsync(place);

        _script.Steps.Should().Equal(
            "wait prompt", "wait 0",
            "a b c prompt", "a b c 0",
            "d e prompt", "a b c 1",
            "d e 0", "a b c 2",
            "d e 1",
            "f g prompt", "f g 0", "f g 1");
    }

    [Fact]
    public async Task An_answer_comes_in_pieces_and_ends_with_what_it_took()
    {
        Start();

        Place place = Ask("one two three");

        (await place.Pieces.ReadAllAsync().ToListAsync()).Should().Equal("one", " two", " three");
        place.Summary.Should().Be(new AnswerSummary(AnswerEnd.Complete, 3, 0, 3));
        _script.Ended.Should().Equal("one two three");
    }

    [Fact]
    public void When_all_places_are_taken_the_next_is_refused_until_one_is_left()
    {
        Start(sideBySide: 1, waiting: 2);
        Place[] places = [_thread!.TakePlace(), _thread.TakePlace(), _thread.TakePlace()];

        ApiException error =
            _thread.Invoking(thread => thread.TakePlace()).Should().Throw<ApiException>().Which;
        error.Status.Should().Be(429);
        error.Code.Should().Be("rate_limit_exceeded");
        error.RetryAfter.Should().Be(TimeSpan.FromSeconds(1));
        places[1].Dispose();
        places[1].Dispose();

        _thread.Taken.Should().Be(2, "leaving twice frees one place");
        _thread.TakePlace().Dispose();
    }

    [Fact]
    public async Task A_client_that_does_not_read_its_answer_has_left_its_place_when_that_is_computed()
    {
        Start(sideBySide: 1, waiting: 0);
        Place unread = Ask("one two three");

        await UntilAsync(() => _thread!.Taken == 0);

        (await TextOfAsync(Ask("next"))).Should().Be("next");
        (await TextOfAsync(unread)).Should().Be("one two three");
    }

    [Fact]
    public async Task A_client_that_leaves_while_being_answered_is_answered_no_further()
    {
        Start(sideBySide: 1);
        Place endless = Ask("endless");
        await endless.Pieces.WaitToReadAsync();
        Place next = Ask("a b");

        endless.Dispose();

        (await TextOfAsync(next)).Should().Be("a b");
        _script.Ended.Should().Equal("endless", "a b");
    }

    [Fact]
    public async Task A_client_that_leaves_while_waiting_is_never_answered()
    {
        Start(sideBySide: 1);
        Place first = Ask("wait");
        await UntilAsync(() => !_script.Steps.IsEmpty);
        Place waiting = Ask("not this");
        Place last = Ask("but this");

        waiting.Dispose();
        _script.Gate.Release();

        (await TextOfAsync(last)).Should().Be("but this");
        (await TextOfAsync(first)).Should().Be("wait");
        _script.Prompts.Select(prompt => prompt.Question).Should().Equal("wait", "but this");
    }

    [Fact]
    public async Task Only_the_client_of_a_failed_answer_is_told()
    {
        Start(sideBySide: 2);
        Place good = Ask("endless");
        Place bad = Ask("fail: model");

        await bad.Invoking(TextOfAsync).Should().ThrowAsync<ModelException>();

        int steps = _script.Steps.Count;
        await UntilAsync(() => _script.Steps.Count > steps + 10);
        good.Pieces.Completion.IsCompleted.Should().BeFalse();
        _script.Ended.Should().Equal("fail: model");
    }

    [Fact]
    public async Task Stopping_lets_nobody_in_and_lets_answers_finish()
    {
        Start();
        Place place = Ask("wait");
        Task<int> stopping = _thread!.StopAsync(Patience);
        _thread.Invoking(thread => thread.TakePlace()).Should().Throw<ApiException>().Which.Status.Should().Be(503);
        stopping.IsCompleted.Should().BeFalse();

        _script.Gate.Release();
        (await TextOfAsync(place)).Should().Be("wait");
        place.Dispose();

        (await stopping).Should().Be(0);
    }

    [Fact]
    public async Task After_the_grace_time_running_and_waiting_clients_are_cut_and_told()
    {
        Start(sideBySide: 1);
        Place endless = Ask("endless");
        Place waiting = Ask("a");

        (await _thread!.StopAsync(TimeSpan.FromMilliseconds(50))).Should().Be(2);

        foreach (Place place in new[] { endless, waiting })
        {
            ApiException error = (await place.Invoking(TextOfAsync).Should().ThrowAsync<ApiException>()).Which;
            error.Code.Should().Be("server_stopping");
        }

        await UntilAsync(() => _script.IsDisposed);
    }

    [Fact]
    public async Task A_model_that_cannot_be_opened_says_why()
    {
        using var thread = new ModelThread(() => throw new ModelException("There is no model."), new ServeLimits());

        await thread.Awaiting(opening => opening.Opened)
            .Should().ThrowAsync<ModelException>().WithMessage("There is no model.");
    }

    private void Start(int sideBySide = 4, int waiting = 8) =>
        _thread = new ModelThread(() => _script, new ServeLimits { SideBySide = sideBySide, Waiting = waiting });

    private Place Ask(string question)
    {
        Place place = _thread!.TakePlace();
        place.Ask(new ChatPrompt { Question = question });
        return place;
    }

    private static async Task<string> TextOfAsync(Place place)
    {
        using var patience = new CancellationTokenSource(Patience);
        return string.Concat(await place.Pieces.ReadAllAsync(patience.Token).ToListAsync());
    }

    private static async Task UntilAsync(Func<bool> holds)
    {
        using var patience = new CancellationTokenSource(Patience);
        while (!holds())
            await Task.Delay(1, patience.Token);
    }
}
