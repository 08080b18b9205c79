namespace VisualChat.Model.Parameters;

/// <summary>How a parameter starts if no file gives it.</summary>
/// <param name="Normal">
/// Standard deviation of a normal distribution around <paramref name="Constant"/>.
/// </param>
/// <param name="Uniform">
/// Half the width of a uniform distribution around <paramref name="Constant"/>.
/// </param>
/// <param name="Constant">The value, or the distribution's centre.</param>
internal readonly record struct Initialization(double Normal, double Uniform, double Constant)
{
    /// <summary>Every value from the shape, row by row; null: the numbers above say them.</summary>
    public Func<long[], float[]>? Values { get; init; }

    public static Initialization Zeros => default;

    public static Initialization Ones => new(0, 0, 1);

    public static Initialization NormalOf(double standardDeviation) => new(standardDeviation, 0, 0);

    public static Initialization ValuesOf(Func<long[], float[]> values) => new() { Values = values };

    public static Initialization UniformOf(double halfWidth) => new(0, halfWidth, 0);
}
