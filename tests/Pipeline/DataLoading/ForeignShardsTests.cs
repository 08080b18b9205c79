using VisualChat.Pipeline.DataLoading;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Shards;
using VisualChat.Pipeline.Tests.Tokens;

namespace VisualChat.Pipeline.Tests.DataLoading;

public sealed class ForeignShardsTests : IDisposable
{
    private const string WhatToDo =
        "Name the folder of the recipe's own shards with --shards, "
        + "or throw these away and blend again with --fresh.";

    private readonly ShardFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task What_only_training_reads_may_differ()
    {
        await _folder.WithAsync(ShardSet.Train, [2, 3]);

        const string Vision =
            "hidden_size: 8, intermediate_size: 8, num_hidden_layers: 1, num_attention_heads: 1, patch_size: 4";
        TrainingShards shards = _folder.Open(
            "name=other", "training.batch=9", $"model={{ vision: {{ {Vision} }}, language: l }}");

        shards.SamplesIn(ShardSet.Train).Should().Be(5);
    }

    [Fact]
    public async Task Every_key_of_the_recipe_that_differs_is_named()
    {
        await _folder.WithAsync(ShardSet.Train, [2]);

        Problems("seed=5", "data.max_images=4", "data.sources.llava.samples=7", "images.encoding=png").Should().Equal(
            Differs("seed is 1234, the recipe has 5"),
            Differs("data.sources.llava.samples is \"all\", the recipe has 7"),
            Differs("data.max_images is 8, the recipe has 4"),
            Differs("images.encoding is \"ppm\", the recipe has \"png\""),
            WhatToDo);
    }

    [Fact]
    public async Task Another_image_size_and_number_of_tokens_are_named()
    {
        await _folder.WithAsync(ShardSet.Train, [2]);

        Problems("images.size=28", "images.tokens=17").Should().Equal(
            Differs("images.size is 8, the recipe has 28"),
            Differs("an image takes 5 tokens, the recipe's take 17"),
            WhatToDo);
    }

    [Fact]
    public async Task Original_images_serve_any_size()
    {
        await _folder.WithAsync(ShardSet.Train, [2]);
        _folder.WriteManifest(ShardFolder.Recipe("images.store=original"), ShardFolder.Tokenizer);

        _folder.Open("images.store=original", "images.size=28").SamplesIn(ShardSet.Train).Should().Be(2);
    }

    [Fact]
    public async Task Another_tokenizer_is_named()
    {
        await _folder.WithAsync(ShardSet.Train, [2]);
        _folder.WriteManifest(ShardFolder.Recipe(), TokenData.Llama2);

        Problems().Should().Equal(
            Differs("they are of another tokenizer (32,000 pieces, SHA-256 9e556afd4421; "
                + "the recipe's has 1,500 pieces, SHA-256 1e52388ff3e6)"),
            WhatToDo);
    }

    [Fact]
    public async Task Another_format_is_named()
    {
        await _folder.WithAsync(ShardSet.Train, [2]);
        _folder.WriteManifest(ShardFolder.Recipe(), ShardFolder.Tokenizer, formatVersion: 2);

        Problems().Should().Equal(Differs("their format is version 2, this program reads 1"), WhatToDo);
    }

    [Fact]
    public async Task Without_the_blended_recipe_it_is_still_refused()
    {
        await _folder.WithAsync(ShardSet.Train, [2]);
        File.Delete(Path.Combine(_folder.Root, "recipe.yaml"));

        Problems("data.max_images=4").Should().Equal(
            Differs("the recipe's data, template, images or shards are others than they were blended with"),
            WhatToDo);
    }

    [Fact]
    public async Task An_unfinished_blend_cannot_be_trained_on()
    {
        await _folder.WithAsync(ShardSet.Train, [2]);
        File.Delete(Path.Combine(_folder.Root, "manifest.json"));

        Problems().Should().Equal(
            $"'{_folder.Root}' has no manifest.json: its blend is not finished. "
            + "Run 'visualchat blend' again to finish it, or name another folder with --shards.");
    }

    [Fact]
    public void A_folder_that_is_not_there_is_named()
    {
        Action open = () => TrainingShards.Open("/nowhere", ShardFolder.Recipe(), ShardFolder.Tokenizer);

        open.Should().Throw<InputException>().WithMessage(
            "There is no folder '/nowhere'. "
            + "Make its shards with 'visualchat blend', or name another folder with --shards.");
    }

    private string Differs(string how) => $"The shards in '{_folder.Root}' are not this recipe's: {how}.";

    private IReadOnlyList<string> Problems(params string[] overrides) =>
        FluentActions.Invoking(() => _folder.Open(overrides)).Should().Throw<InputException>().Which.Problems;
}
