namespace VisualChat.Pipeline.Sources.Formats;

/// <summary>The names of <see cref="ImageNaming"/>.</summary>
internal static class ImageNames
{
    private static readonly string[] Ordinals =
    [
        "first", "second", "third", "fourth", "fifth", "sixth",
        "seventh", "eighth", "ninth", "tenth", "eleventh", "twelfth",
    ];

    /// <summary>The name of an image, numbered from 0.</summary>
    public static string NameOf(this ImageNaming naming, int image) => naming switch
    {
        ImageNaming.SmallLetters => $"image {Letters(image, 'a')}",
        ImageNaming.CapitalLetters => $"image {Letters(image, 'A')}",
        _ => $"the {Ordinal(image)} image",
    };

    // a, ..., z, aa, ab, ... as spreadsheets count.
    private static string Letters(int number, char first)
    {
        string letters = "";
        for (int rest = number; rest >= 0; rest = (rest / 26) - 1)
            letters = (char)(first + (rest % 26)) + letters;
        return letters;
    }

    private static string Ordinal(int image)
    {
        if (image < Ordinals.Length)
            return Ordinals[image];
        int number = image + 1;
        return (number % 100, number % 10) switch
        {
            (11 or 12 or 13, _) => $"{number}th",
            (_, 1) => $"{number}st",
            (_, 2) => $"{number}nd",
            (_, 3) => $"{number}rd",
            _ => $"{number}th",
        };
    }
}
