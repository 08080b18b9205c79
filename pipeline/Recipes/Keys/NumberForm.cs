using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>A number, or a whole number, within a range.</summary>
/// <param name="type"><see cref="int"/>, <see cref="long"/> or <see cref="double"/>.</param>
/// <param name="range">Null: every number of the type.</param>
internal sealed class NumberForm(Type type, RangeAttribute? range) : Form
{
    private readonly bool _isWhole = type != typeof(double);
    private readonly double _from = range?.From ?? double.NaN;
    private readonly double _to = range?.To ?? double.NaN;
    private readonly double _above = range?.Above ?? double.NaN;
    private readonly double _below = range?.Below ?? double.NaN;

    public override string Allowed => (_isWhole ? "a whole number" : "a number") + this switch
    {
        { _from: not double.NaN, _to: not double.NaN } => $" from {_from} to {_to}",
        { _from: not double.NaN, _below: not double.NaN } => $" of at least {_from} and below {_below}",
        { _from: not double.NaN } => $" of at least {_from}",
        { _above: not double.NaN } => $" above {_above}",
        _ => "",
    };

    public override bool Holds(object value) => value.GetType() == type;

    public override object? TryRead(JToken token, RecipeReading reading)
    {
        if (token is not JValue { Value: long or double } number || (_isWhole && number.Value is double))
            return null;
        if (!IsInRange((double)number))
            return null;
        return Convert.ChangeType(number.Value, type);
    }

    public override JToken Write(object value) =>
        _isWhole ? new JValue(Convert.ToInt64(value)) : new JValue((double)value);

    public override JObject Schema()
    {
        var schema = new JObject { ["type"] = _isWhole ? "integer" : "number" };
        Bound("minimum", _from);
        Bound("exclusiveMinimum", _above);
        Bound("maximum", _to);
        Bound("exclusiveMaximum", _below);
        return schema;

        void Bound(string keyword, double bound)
        {
            if (!double.IsNaN(bound))
                schema[keyword] = double.IsInteger(bound) ? new JValue((long)bound) : new JValue(bound);
        }
    }

    // A comparison with NaN, the bound that is not given, is false.
    private bool IsInRange(double value) =>
        !(value < _from || value > _to || value <= _above || value >= _below);
}
