using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;

namespace VisualChat.Pipeline.Tests.Recipes;

public sealed class WrongRecipeTests
{
    private const string Start = "name: x\ntokenizer: t.model\n";
    private const string Llava = "data: { sources: [{ name: llava }] }\n";

    [Fact]
    public void Dump()
    {
        foreach (string y in new[]
        {
            "", "- a", "name: [", "name: x\nname: y\n", Start + Llava + "training: { batchs: 3 }", Start + Llava + "batch: 3", Start + Llava + "zebra: 3",
            Start + Llava + "seed: 1.5", Start + Llava + "seed: \"5\"\nmodel: {}\n", Start + "data: { sources: [] }", Start + "data: { sources: [{ name: lava }, 5, {name: 3}] }",
            Start + "data: { sources: [{ name: llava, samples: 0 , concatenate: 9}, {name: llava, follow_up: true, samples: x}, {name: mine, format: llav}, {name: mine2, format: llava}] , validation: {fraction: 1, by: x}}",
            Start + Llava + "model: { vision: { hidden_size: 10 }, language: 5, trainable: [x], dtype: bf17 }",
            Start + Llava + "images: { size: 100, tokens: null }\ntraining: {batch: 8, micro_batch: 3, learning_rate: 0, evaluate_every: 0, clip: -1, gradient_checkpointing: 1, warmup: x}\n",
            Start + Llava + "data2: *x\n", Start + Llava + "model:\n", "a: .inf",
            Start + Llava + "seed: 99999999999999999999\n", Start + Llava + "training: { batch: 32.0 }",
        })
        {
            try { RecipeReader.Parse(y, "/r", []); Console.WriteLine("OK " + y); }
            catch (InputException e) { Console.WriteLine(string.Join("\n", e.Problems)); }
            Console.WriteLine("--");
        }
    }
}
