using TorchSharp.Modules;

namespace VisualChat.Model.Parameters;

/// <summary>A parameter that is trained, with its values.</summary>
internal sealed record TrainedParameter(ParameterSpec Spec, Parameter Value)
{
    public string Name => Spec.Name;

    public bool IsEmbedding => Spec.Part == ModelPart.Embeddings;

    /// <summary>True if it turns images into what the decoder reads.</summary>
    public bool IsVision => Spec.Part is ModelPart.Vision or ModelPart.Projection;
}
