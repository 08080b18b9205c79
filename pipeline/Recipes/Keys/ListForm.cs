using System.Collections;
using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>A list of values of one form.</summary>
/// <param name="item">The items' form.</param>
/// <param name="type">The items' type.</param>
/// <param name="fewest">How many it must have.</param>
/// <param name="isEachOnce">Whether an item may be there only once.</param>
/// <param name="allowed">What messages say of it.</param>
internal sealed class ListForm(Form item, Type type, int fewest, bool isEachOnce, string allowed = "a list") : Form
{
    public Form Item => item;

    public override string Allowed => allowed;

    public override MapForm? Map => item.Map;

    public override bool Holds(object value) => value is IEnumerable and not string;

    /// <summary>A refused item is null, so that the others keep their places.</summary>
    public override object? Read(JToken token, RecipeReading reading)
    {
        if (token is not JArray list)
            return base.Read(token, reading);
        if (list.Count < fewest)
            reading.Refuse(list, Allowed);
        if (isEachOnce && list.Select(entry => entry.ToString()).Distinct().Count() < list.Count)
            reading.Refuse(list, Allowed);
        var items = Array.CreateInstance(type, list.Count);
        for (int index = 0; index < list.Count; index++)
        {
            if (item.Read(list[index], reading) is { } value)
                items.SetValue(value, index);
        }

        return items;
    }

    /// <summary>
    /// Null: a list is read by <see cref="Read"/>, which says what is wrong with its items.
    /// </summary>
    public override object? TryRead(JToken token, RecipeReading reading) => null;

    public override JToken Write(object value) =>
        new JArray(((IEnumerable)value).Cast<object>().Select(item.Write));

    public override JObject Schema()
    {
        var schema = new JObject { ["type"] = "array" };
        if (fewest > 0)
            schema["minItems"] = fewest;
        if (isEachOnce)
            schema["uniqueItems"] = true;
        schema["items"] = item.Schema();
        return schema;
    }
}
