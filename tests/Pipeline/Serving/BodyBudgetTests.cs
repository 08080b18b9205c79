using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Protocol;

namespace VisualChat.Pipeline.Tests.Serving;

/// <summary>What happens when the memory for bodies is spent, or a body does not come.</summary>
public sealed class BodyBudgetTests
{
    private readonly BodyBudget _budget = new(100, TimeSpan.FromMinutes(1));

    [Fact]
    public async Task The_request_that_holds_most_gives_way_to_one_that_would_hold_less()
    {
        BodyLease small = Begin(), large = Begin(), late = Begin();
        await small.TakeAsync(30);
        await large.TakeAsync(60);

        ValueTask taking = late.TakeAsync(20);

        taking.IsCompleted.Should().BeFalse("the large one still holds its memory");
        large.Refusal!.Status.Should().Be(503);
        large.Refusal.RetryAfter.Should().Be(TimeSpan.FromSeconds(2));
        large.Arrival.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)).Should().BeTrue();
        large.Dispose();
        await taking;
        _budget.Held.Should().Be(50);
        small.Arrival.IsCancellationRequested.Should().BeFalse();
    }

    [Fact]
    public async Task A_request_that_would_hold_most_itself_is_refused()
    {
        BodyLease other = Begin(), greedy = Begin();
        await other.TakeAsync(40);
        await greedy.TakeAsync(40);

        ApiException error = (await Awaiting(greedy, 40)).Which;

        error.Status.Should().Be(503);
        error.Code.Should().Be("server_overloaded");
        other.Arrival.IsCancellationRequested.Should().BeFalse();
        greedy.Dispose();
        _budget.Held.Should().Be(40);
    }

    [Fact]
    public async Task A_request_that_has_arrived_gives_way_to_none()
    {
        BodyLease whole = Begin(), late = Begin();
        await whole.TakeAsync(90);
        whole.Arrive();

        (await Awaiting(late, 20)).Which.Status.Should().Be(503);

        whole.Arrival.IsCancellationRequested.Should().BeFalse();
        whole.Give(50);
        await late.TakeAsync(20);
        _budget.Held.Should().Be(60);
    }

    [Fact]
    public async Task A_client_that_leaves_is_told_nothing()
    {
        using var leaving = new CancellationTokenSource();
        using BodyLease lease = _budget.Begin(leaving.Token);
        await leaving.CancelAsync();

        lease.Arrival.IsCancellationRequested.Should().BeTrue();
        lease.Refusal.Should().BeNull();
    }

    [Fact]
    public void A_body_that_does_not_come_in_time_is_refused()
    {
        var hasty = new BodyBudget(100, TimeSpan.FromMilliseconds(50));
        using BodyLease lease = hasty.Begin(CancellationToken.None);

        lease.Arrival.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)).Should().BeTrue();

        lease.Refusal!.Status.Should().Be(408);
    }

    [Fact]
    public void Stopping_refuses_what_has_not_arrived_and_lets_nobody_in()
    {
        BodyLease arriving = Begin(), whole = Begin();
        whole.Arrive();

        _budget.Stop();

        arriving.Arrival.WaitHandle.WaitOne(TimeSpan.FromSeconds(30)).Should().BeTrue();
        arriving.Refusal!.Code.Should().Be("server_stopping");
        whole.Arrival.IsCancellationRequested.Should().BeFalse();
        _budget.Invoking(budget => budget.Begin(CancellationToken.None)).Should().Throw<ApiException>();
    }

    private BodyLease Begin() => _budget.Begin(CancellationToken.None);

    private static Task<FluentAssertions.Specialized.ExceptionAssertions<ApiException>> Awaiting(
        BodyLease lease, long more) =>
        lease.Awaiting(asking => asking.TakeAsync(more).AsTask()).Should().ThrowAsync<ApiException>();
}
