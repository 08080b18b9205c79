using TorchSharp;
using VisualChat.Model.Attention;
using static TorchSharp.torch;

namespace VisualChat.Model.Tests.Generation;

/// <summary>Keys and values of 2 heads of 3 numbers, whose room grows.</summary>
public sealed class CachedRowsTests
{
    [Theory]
    // Twice as much, until that would be more than 256 rows in vain.
    [InlineData(new[] { 1 }, 64)]
    [InlineData(new[] { 64, 1 }, 128)]
    [InlineData(new[] { 128, 1, 128 }, 512)]
    [InlineData(new[] { 512, 1 }, 768)]
    [InlineData(new[] { 4000, 1 }, 4256)]
    [InlineData(new[] { 64, 1000 }, 1064)]
    public void The_room_is_never_much_larger_than_what_is_in_it(int[] appended, long room)
    {
        using DisposeScope scope = NewDisposeScope();
        using var cache = new CachedRows();
        List<Tensor> keys = [], values = [];
        long before = 0;
        foreach (int rows in appended)
        {
            (Tensor key, Tensor value) = (randn([rows, 2, 3]), randn([rows, 2, 3]));
            cache.Write(before, HeadRows.Of(null, key, value));
            keys.Add(key);
            values.Add(value);
            before += rows;
        }

        cache.Room.Should().Be(room);
        (Tensor allKeys, Tensor allValues) = cache.First(before);
        allKeys.Equals(cat(keys, 0).transpose(0, 1).unsqueeze(0)).Should().BeTrue();
        allValues.Equals(cat(values, 0).transpose(0, 1).unsqueeze(0)).Should().BeTrue();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(4)]
    public void Rows_of_one_product_are_written_as_keys_and_values_apart_are(long queryHeads)
    {
        using DisposeScope scope = NewDisposeScope();
        using CachedRows one = new(), other = new();
        Tensor all = randn([5, queryHeads + 4, 3]);
        Tensor[] parts = all.split([queryHeads, 2, 2], 1);

        one.Write(0, HeadRows.Of(all, keyHeads: 2));
        other.Write(0, HeadRows.Of(null, parts[1], parts[2]));

        one.First(5).Key.Equals(other.First(5).Key).Should().BeTrue();
        one.First(5).Value.Equals(other.First(5).Value).Should().BeTrue();
        one.First(5).Value.Equals(parts[2].transpose(0, 1).unsqueeze(0)).Should().BeTrue();
    }
}
