using System.Reflection;

namespace VisualChat.Pipeline.Recipes.Keys;

/// <summary>The form of a key, from its property's type and attributes.</summary>
internal static class Forms
{
    private const string All = "all";
    private const string Auto = "auto";
    private const string Epoch = "epoch";
    private const string Keep = "keep";

    public static Form Of(PropertyInfo property, bool isNullAllowed)
    {
        string? allowed = property.GetCustomAttribute<AllowedAttribute>()?.Text;
        Form form = Of(
            Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType,
            property.GetCustomAttribute<RangeAttribute>(),
            allowed,
            property.GetCustomAttribute<MatchesAttribute>()?.Pattern);
        return isNullAllowed ? new OrNullForm(form, allowed) : form;
    }

    private static Form Of(Type type, RangeAttribute? range, string? allowed, string? pattern)
    {
        int fewest = range is { From: not double.NaN and var from } ? (int)from : 0;
        if (type == typeof(string))
            return new TextForm(allowed ?? "text", pattern, fewest);
        if (type == typeof(bool))
            return new TruthForm();
        if (type == typeof(int) || type == typeof(long) || type == typeof(double))
            return new NumberForm(type, range);
        if (type.IsEnum)
            return new ChoiceForm(type);
        if (type == typeof(RecipePath))
            return new PathForm(allowed!);
        if (type == typeof(ShareOrCount))
            return ShareOrCountForm(range);
        if (type == typeof(AllOrCount))
            return AllOrCountForm(range);
        if (type == typeof(EpochOrCount))
            return EpochOrCountForm(range);
        if (type == typeof(AutoOrCount))
            return AutoOrCountForm(range);
        if (type == typeof(AutoOrTruth))
            return AutoOrTruthForm();
        if (type == typeof(FeatureSource))
            return FeatureSourceForm(allowed!);
        if (type == typeof(TrainableParts))
            return TrainablePartsForm();
        if (!type.IsGenericType)
            return MapForm.Of(type);

        Type inner = type.GetGenericArguments()[0];
        if (type.GetGenericTypeDefinition() == typeof(FolderOrSizes<>))
            return FolderOrSizesForm(type, inner, allowed!);
        return inner == typeof(string)
            ? new ListForm(new TextForm(allowed!, pattern), inner, fewest, isEachOnce: false)
            : new ListForm(MapForm.Of(inner), inner, fewest, isEachOnce: false, allowed!);
    }

    private static WrappedForm ShareOrCountForm(RangeAttribute? range) => new(
        new NumberForm(typeof(double), range),
        typeof(ShareOrCount),
        value => new ShareOrCount((double)value),
        value => ((ShareOrCount)value).Value);

    private static WrappedForm AllOrCountForm(RangeAttribute? range) => new(
        new EitherForm(new WordForm(All), new NumberForm(typeof(int), range)),
        typeof(AllOrCount),
        value => value is int count ? AllOrCount.Of(count) : AllOrCount.All,
        value => (object?)((AllOrCount)value).Count ?? All);

    private static WrappedForm EpochOrCountForm(RangeAttribute? range) => new(
        new EitherForm(new WordForm(Epoch), new NumberForm(typeof(int), range)),
        typeof(EpochOrCount),
        value => value is int count ? EpochOrCount.Of(count) : EpochOrCount.Epoch,
        value => (object?)((EpochOrCount)value).Count ?? Epoch);

    private static WrappedForm AutoOrCountForm(RangeAttribute? range) => new(
        new EitherForm(new WordForm(Auto), new NumberForm(typeof(int), range)),
        typeof(AutoOrCount),
        value => value is int count ? AutoOrCount.Of(count) : AutoOrCount.Auto,
        value => (object?)((AutoOrCount)value).Count ?? Auto);

    private static WrappedForm AutoOrTruthForm() => new(
        new EitherForm(new WordForm(Auto), new TruthForm()),
        typeof(AutoOrTruth),
        value => value is bool truth ? AutoOrTruth.Of(truth) : AutoOrTruth.Auto,
        value => (object?)((AutoOrTruth)value).Truth ?? Auto);

    private static WrappedForm FeatureSourceForm(string allowed) => new(
        new EitherForm(new WordForm(Keep), new PathForm(allowed)),
        typeof(FeatureSource),
        value => value is RecipePath folder ? new FeatureSource(folder) : FeatureSource.Keep,
        value => (object?)((FeatureSource)value).Folder ?? Keep);

    private static WrappedForm TrainablePartsForm()
    {
        var part = new ChoiceForm(typeof(TrainablePart));
        string allowed = $"a list of {string.Join(", ", part.Names)}, each once";
        return new WrappedForm(
            new EitherForm(
                new WordForm(All), new ListForm(part, typeof(TrainablePart), fewest: 1, isEachOnce: true, allowed)),
            typeof(TrainableParts),
            value => value is TrainablePart[] parts ? new TrainableParts(parts) : TrainableParts.All,
            value => ((TrainableParts)value) is { IsAll: false } named ? named.Parts : All);
    }

    private static WrappedForm FolderOrSizesForm(Type type, Type sizes, string allowed) => new(
        new EitherForm(new PathForm(allowed), MapForm.Of(sizes)),
        type,
        value => Activator.CreateInstance(type, value as RecipePath, value is RecipePath ? null : value)!,
        value => ((IFolderOrSizes)value).Given);
}
