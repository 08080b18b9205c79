using Newtonsoft.Json.Linq;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>
/// One way of writing a value in a recipe: what is allowed, and how it is read and written.
/// </summary>
internal abstract class Form
{
    /// <summary>What is allowed, as messages say it after "must be".</summary>
    public abstract string Allowed { get; }

    /// <summary>The map that is, or is in, a value of this form; null: there is none.</summary>
    public virtual MapForm? Map => null;

    /// <summary>Whether a value of the program is written in this form.</summary>
    public abstract bool Holds(object value);

    /// <summary>Reads a value; null if it is refused, and then the problem is reported.</summary>
    public virtual object? Read(JToken token, RecipeReading reading)
    {
        if (TryRead(token, reading) is { } value)
            return value;
        reading.Refuse(token, Allowed);
        return null;
    }

    /// <summary>Reads a value; null if it is none of this form.</summary>
    public abstract object? TryRead(JToken token, RecipeReading reading);

    /// <summary>The value as a resolved recipe has it.</summary>
    public abstract JToken Write(object value);

    /// <summary>The form as JSON Schema (draft 7) has it.</summary>
    public abstract JObject Schema();
}
