using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Tests.Sources;

public sealed class SharedImageBytesTests
{
    private readonly PooledBuffers _buffers = new();

    [Fact]
    public void Memory_is_used_again_after_the_last_user_only()
    {
        PooledBytes first = Filled(100, 1);
        first.TryShare().Should().BeTrue();
        first.Release();

        PooledBytes second = Filled(100, 2);
        first.Memory.ToArray().Should().HaveCount(100).And.OnlyContain(value => value == 1);

        first.Release();
        PooledBytes third = Filled(90, 3);
        third.Memory.ToArray().Should().HaveCount(90).And.OnlyContain(value => value == 3);
        second.Memory.ToArray().Should().OnlyContain(value => value == 2);
    }

    [Fact]
    public void Whoever_comes_after_the_last_user_gets_none_of_it()
    {
        PooledBytes image = Filled(10, 1);
        image.Release();

        image.TryShare().Should().BeFalse();
    }

    [Fact]
    public void An_image_of_an_array_of_its_own_needs_no_giving_back()
    {
        var image = new PooledBytes([1, 2, 3]);

        image.Length.Should().Be(3);
        image.Memory.ToArray().Should().Equal(1, 2, 3);
    }

    private PooledBytes Filled(int length, byte value)
    {
        PooledBytes image = _buffers.Rent(length);
        image.Span.Fill(value);
        return image;
    }
}
