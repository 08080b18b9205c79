using VisualChat.Pipeline.Randomness;

namespace VisualChat.Pipeline.SampleWorld;

/// <summary>
/// Closed questions about two or more pictures, which they call image 1, image 2 and so on.
/// </summary>
internal static class ImageSetQuestions
{
    /// <summary>Which of two pictures has more of something.</summary>
    public static ClosedQuestion MoreInImage(ref KeyedRandom random, Scene first, Scene second)
    {
        // The answer is drawn first; a phrase that makes it true is looked for, and the answer
        // given up only if none turns up.
        int wanted = random.Next(3);
        ObjectPhrase phrase = default;
        for (int attempt = 0; attempt < 20; attempt++)
        {
            phrase = SceneQuestions.DrawCategory(ref random, random.Next(2) == 0 ? first : second);
            if (1 + Math.Sign(phrase.CountIn(second) - phrase.CountIn(first)) == wanted)
                break;
        }

        int firstCount = phrase.CountIn(first);
        int secondCount = phrase.CountIn(second);
        string question = Wording.Pick(ref random,
            $"Which image has more {phrase.Plural}, or is it the same?",
            $"Are there more {phrase.Plural} in image 1 or in image 2, or is the number the same?",
            $"In which image are there more {phrase.Plural}, or are there as many in both?");
        if (firstCount == secondCount)
        {
            string both = firstCount == 0
                ? $"Neither image has any {phrase.Plural}."
                : $"The number is the same: both images have {Wording.Counted(firstCount, phrase)}.";
            return new ClosedQuestion(ClosedKind.MoreInImage, question, "same", both);
        }

        int more = firstCount > secondCount ? 1 : 2;
        int fewer = Math.Min(firstCount, secondCount);
        return new ClosedQuestion(ClosedKind.MoreInImage, question, $"image {more}",
            $"Image {more} has more {phrase.Plural}: {Wording.Number(Math.Max(firstCount, secondCount))} against " +
            $"{(fewer == 0 ? "none" : Wording.Number(fewer))}.");
    }

    /// <summary>
    /// What kind of change there is between two pictures that differ in one object.
    /// </summary>
    public static ClosedQuestion Change(ref KeyedRandom random, SceneChange change)
    {
        string question = Wording.Pick(ref random,
            "From image 1 to image 2, did an object change its color, its size or its position, or has one " +
            "appeared or disappeared?",
            "What differs in image 2: the color, size or position of an object, or has one appeared or disappeared?",
            "Which kind of change is there in image 2: color, size, position, appeared or disappeared?");
        string what = change.Kind switch
        {
            ChangeKind.Recolored or ChangeKind.Resized or ChangeKind.Moved =>
                $"The {change.KindAnswer} of one object changed",
            _ => $"One object {change.KindAnswer}",
        };
        return new ClosedQuestion(
            ClosedKind.Change, question, change.KindAnswer, $"{what}: {change.Difference(ref random)}.");
    }

    /// <summary>Which object is not as it was, in two pictures that differ in one object.</summary>
    public static ClosedQuestion ChangedObject(ref KeyedRandom random, SceneChange change)
    {
        string question = change.Kind switch
        {
            ChangeKind.Recolored =>
                Wording.Pick(
                    ref random,
                    "Which object of image 1 has another color in image 2?",
                    "Which object in image 1 changes its color in image 2?"),
            ChangeKind.Resized =>
                Wording.Pick(
                    ref random,
                    "Which object has another size in image 2?",
                    "Which object changes its size from image 1 to image 2?"),
            ChangeKind.Moved =>
                Wording.Pick(
                    ref random,
                    "Which object is in another place in image 2?",
                    "Which object moves between image 1 and image 2?"),
            ChangeKind.Appeared =>
                Wording.Pick(ref random, "Which object is new in image 2?", "Which object has been added in image 2?"),
            _ => Wording.Pick(
                ref random,
                "Which object of image 1 is missing from image 2?",
                "Which object disappears from image 1 to image 2?"),
        };
        return new ClosedQuestion(
            ClosedKind.ChangedObject,
            question,
            change.Name,
            $"It is the {change.Name}: {change.Difference(ref random)}.");
    }

    /// <summary>How many objects of a description several pictures have together.</summary>
    public static ClosedQuestion Total(ref KeyedRandom random, IReadOnlyList<Scene> scenes)
    {
        ObjectPhrase phrase = random.Next(2) == 0
            ? default
            : SceneQuestions.DrawCategory(ref random, scenes[random.Next(scenes.Count)]);
        int[] counts = [.. scenes.Select(scene => phrase.CountIn(scene))];
        int total = counts.Sum();
        string images = scenes.Count == 2 ? "the two images" : $"the {Wording.Number(scenes.Count)} images";
        string question = Wording.Pick(ref random,
            $"How many {phrase.Plural} are there in {images} together?",
            $"Counting {images} together, how many {phrase.Plural} are there?",
            $"What is the number of {phrase.Plural} in {images} together?");
        string parts = Wording.List(
            [
                .. counts.Select(
                    (count, index) => $"image {index + 1} has {(count == 0 ? "none" : Wording.Number(count))}"),
            ]);
        return new ClosedQuestion(ClosedKind.Total, question, total.ToString(),
            $"{Wording.Sentence(parts)}, which makes {(total == 0 ? "none" : Wording.Number(total))} together.");
    }

    /// <summary>In which of several pictures something is.</summary>
    /// <param name="random">Draws the wording.</param>
    /// <param name="what">What, as in "Which image shows ...?".</param>
    /// <param name="image">The picture's index, from 0.</param>
    public static ClosedQuestion WhichShows(ref KeyedRandom random, string what, int image)
    {
        string question = Wording.Pick(
            ref random,
            $"Which image shows {what}?",
            $"In which image can you see {what}?",
            $"In which of the images is {what}?");
        return new ClosedQuestion(ClosedKind.WhichImage, question, $"image {image + 1}",
            Wording.Pick(
                ref random,
                $"Image {image + 1} shows {what}.",
                $"It is image {image + 1}.",
                $"You can see {what} in image {image + 1}."));
    }
}
