using System.Reflection;
using System.Runtime.CompilerServices;
using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>One key of a recipe: all that is said of it, by its property alone.</summary>
internal sealed class RecipeKey
{
    private readonly PropertyInfo _property;
    private readonly bool _isNullAllowed;
    private readonly PropertyInfo? _isWritten;
    private readonly PropertyInfo? _isHashed;

    public RecipeKey(PropertyInfo property, MeaningAttribute meaning, object defaults)
    {
        _property = property;
        Name = KeyName.Of(property.Name);
        Meaning = meaning.Text;
        IsRequired = property.IsDefined(typeof(RequiredMemberAttribute), inherit: false);
        IsDerived = property.IsDefined(typeof(DerivedAttribute), inherit: false);
        _isNullAllowed = property.IsDefined(typeof(NullAllowedAttribute), inherit: false);
        Form = Forms.Of(property, _isNullAllowed);
        Default = IsRequired || IsDerived ? null : property.GetValue(defaults);
        Fingerprint = property.GetCustomAttribute<FingerprintAttribute>();
        Decides = property.GetCustomAttribute<DecidesAttribute>()?.Outcome;
        var written = property.GetCustomAttribute<WrittenAttribute>();
        WrittenOrder = written?.Order ?? 0;
        _isWritten = Condition(written?.When);
        _isHashed = Condition(Fingerprint?.When);
    }

    public string Name { get; }

    public string Meaning { get; }

    public Form Form { get; }

    public bool IsRequired { get; }

    public bool IsNumber => Nullable.GetUnderlyingType(_property.PropertyType) == typeof(int);

    public bool IsDerived { get; }

    /// <summary>The value of a recipe that does not give it; null also if there is none.</summary>
    public object? Default { get; }

    /// <summary>
    /// The default as a recipe would give it; null if there is none, or for a section.
    /// </summary>
    public JToken? WrittenDefault
    {
        get
        {
            if (IsRequired || IsDerived || Form is MapForm)
                return null;
            if (Default is not null)
                return Form.Write(Default);
            return _isNullAllowed ? JValue.CreateNull() : null;
        }
    }

    /// <summary>Whether every resolved recipe has it, in the sections that it has.</summary>
    public bool IsAlwaysWritten => _isWritten is null;

    public FingerprintAttribute? Fingerprint { get; }

    /// <summary>What it decides beside shards; null: what its section decides.</summary>
    public Outcome? Decides { get; }

    public int WrittenOrder { get; }

    /// <summary>Sets the key in a record that is being read; null keeps its default.</summary>
    public void Set(object record, object? value)
    {
        if (value is not null)
            _property.SetValue(record, value);
    }

    public object? Get(object record) => _property.GetValue(record);

    /// <summary>The key's value as a resolved recipe has it; null if it is left out.</summary>
    public JToken? Write(object record)
    {
        if (_isWritten?.GetValue(record) is false)
            return null;
        if (Get(record) is { } value)
            return Form.Write(value);
        return _isNullAllowed ? JValue.CreateNull() : null;
    }

    /// <summary>Whether the key of a record is part of the fingerprint.</summary>
    public bool IsHashed(object record) =>
        Fingerprint is { } fingerprint
        && _isHashed?.GetValue(record) is not false
        && !(fingerprint.UnlessDefault && Equals(Get(record), Default));

    public JObject Schema()
    {
        JObject schema = Form.Schema();
        schema.AddFirst(new JProperty("description", Meaning));
        if (WrittenDefault is { } value)
            schema["default"] = value;
        return schema;
    }

    private PropertyInfo? Condition(string? name) =>
        name is null ? null : _property.DeclaringType!.GetProperty(name)!;
}
