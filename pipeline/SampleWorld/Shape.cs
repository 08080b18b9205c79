namespace VisualChat.Pipeline.SampleWorld;

/// <summary>What an object of a drawn scene is; no two look alike when small.</summary>
public enum Shape
{
    /// <summary>A filled disc.</summary>
    Circle,

    /// <summary>A filled square, its sides level.</summary>
    Square,

    /// <summary>A filled triangle, point up.</summary>
    Triangle,

    /// <summary>A filled star of five points.</summary>
    Star,

    /// <summary>A disc with a wide hole.</summary>
    Ring,

    /// <summary>An upright cross of equal arms.</summary>
    Cross,

    /// <summary>A filled rhombus, higher than wide.</summary>
    Diamond,

    /// <summary>A filled heart.</summary>
    Heart,
}
