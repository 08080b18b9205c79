namespace VisualChat.Integration.Tests.Serving;

/// <summary>Tests that share the trained model, one after the other.</summary>
[CollectionDefinition(Name)]
public sealed class SharedModel : ICollectionFixture<TrainedModel>
{
    public const string Name = "Trained model";
}
