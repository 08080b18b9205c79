using System.Runtime.Serialization;
using System.Text;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>Names as recipes write them, from the program's.</summary>
internal static class KeyName
{
    /// <summary>A key: <c>MaxImages</c> is <c>max_images</c>.</summary>
    public static string Of(string property)
    {
        var name = new StringBuilder(property.Length + 4);
        foreach (char letter in property)
        {
            if (char.IsAsciiLetterUpper(letter) && name.Length > 0)
                name.Append('_');
            name.Append(char.ToLowerInvariant(letter));
        }

        return name.ToString();
    }

    /// <summary>The path of a key from properties: <c>training.batch</c>.</summary>
    public static string Path(params ReadOnlySpan<string> properties)
    {
        var path = new StringBuilder();
        foreach (string property in properties)
            path.Append(path.Length > 0 ? "." : "").Append(Of(property));
        return path.ToString();
    }

    /// <summary>
    /// A choice: its member in lower case, or what <see cref="EnumMemberAttribute"/> says.
    /// </summary>
    public static string OfChoice(Type type, string member)
    {
        object[] given = type.GetField(member)!.GetCustomAttributes(typeof(EnumMemberAttribute), inherit: false);
        return given is [EnumMemberAttribute { Value: { } name }] ? name : member.ToLowerInvariant();
    }
}
