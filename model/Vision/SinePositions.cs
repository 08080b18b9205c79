namespace VisualChat.Model.Vision;

/// <summary>Positions of a square grid as sines and cosines, which nothing trains.</summary>
internal static class SinePositions
{
    private const double LongestWave = 10000;

    /// <summary>
    /// The entry of row r and column c is that of c, then that of r. Each is the sines of its
    /// number by falling frequencies, then the cosines.
    /// </summary>
    /// <param name="shape">[side · side, width] A width that 4 divides.</param>
    /// <returns>The values, row by row.</returns>
    public static float[] Of(long[] shape)
    {
        int side = QwenVisionConfig.SideOf(shape[0])!.Value, width = (int)shape[1], waves = width / 4;
        float[] values = new float[side * side * width];
        for (int entry = 0; entry < side * side; entry++)
        {
            Span<float> own = values.AsSpan(entry * width, width);
            Fill(own[..(width / 2)], entry % side);
            Fill(own[(width / 2)..], entry / side);
        }

        return values;

        void Fill(Span<float> half, int number)
        {
            for (int wave = 0; wave < waves; wave++)
            {
                double angle = number * Math.Pow(LongestWave, -(double)wave / waves);
                half[wave] = (float)Math.Sin(angle);
                half[waves + wave] = (float)Math.Cos(angle);
            }
        }
    }
}
