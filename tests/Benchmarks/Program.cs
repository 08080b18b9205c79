using VisualChat.Benchmarks;

const string Usage =
    """
    Usage: dotnet run -c Release --project tests/Benchmarks -- BENCHMARK
      tokens MODEL [TEXT]        tokens a second, against Microsoft.ML.Tokenizers
      attention [IMAGES...]      the decoder, packed and dense, forwards and backwards
      kernels [SAMPLES] [IMAGES] what a decoder layer starts on a GPU, counted on the CPU
      padding                    attention in blocks and padded, over samples of unequal lengths
      generate TOKENIZER         tokens a second of a small model; the time to the first token of a chat's rounds
      serve RECIPE CHECKPOINT    how long clients wait, by answers side by side
      page ADDRESS FILE.png      a picture of the served chat page (see ChatPicture)
      large FOLDER [IMAGES] [FORMAT] a step of LLaMA-2 7B and CLIP ViT-L/14 on the CPU: time and memory; with a
                                 format (int8, nf4) what is frozen is quantised, and FOLDER may be "random"
      lend                       a weight in 8 and 4 bits, quantised and made for a product
      tower FOLDER [ROUNDS]      an image through Qwen-VL's encoder on the CPU, against its bare matrix products
      features [ROUNDS]          an update from pixels and from kept features, under a small tower and ViT-L/14
      load FOLDER KIND           a model of 0.7 billion numbers loaded (mapped, copied) or made (random)
      images [FOLDER] [SIZE]     images a second, by step and by encoding
      blend FOLDER TOKENIZER     a blend end to end, against a bare loop and the released loader
      index [GB] [RECORDS]       a base64 image file and a LLaVA file indexed
      plan TOKENIZER [RECORDS]   time and memory of a plan, as a process
      loader FOLDER [SECONDS]    samples and images a second of the data loader alone, over a blend's folder
      memory FOLDER TOKENIZER    the memory of a blend over a large base64 image file
    """;

switch (args)
{
    case ["tokens", .. string[] rest]:
        TokenBenchmark.Run(rest);
        return 0;
    case ["attention", .. string[] rest]:
        AttentionBenchmark.Run(rest);
        return 0;
    case ["kernels", .. string[] rest]:
        KernelBenchmark.Run(rest);
        return 0;
    case ["padding"]:
        PaddingBenchmark.Measure();
        return 0;
    case ["generate", string tokenizer]:
        GenerationBenchmark.Run(tokenizer);
        return 0;
    case ["serve", .. string[] rest]:
        return await ServingBenchmark.RunAsync(rest);
    case ["page", .. string[] rest]:
        return await ChatPicture.RunAsync(rest);
    case ["large", .. string[] rest]:
        return LargeModelBenchmark.Run(rest);
    case ["lend"]:
        LendBenchmark.Run();
        return 0;
    case ["tower", .. string[] rest]:
        return QwenTowerBenchmark.Run(rest);
    case ["features", .. string[] rest]:
        FeatureBenchmark.Run(rest);
        return 0;
    case ["load", .. string[] rest]:
        return LoadBenchmark.Run(rest);
    case ["images", .. string[] rest]:
        return ImageBenchmark.Run(rest);
    case ["blend", .. string[] rest]:
        return BlendBenchmark.Run(rest);
    case ["index", .. string[] rest]:
        return IndexBenchmark.Run(rest);
    case ["plan", .. string[] rest]:
        return PlanBenchmark.Run(rest);
    case ["loader", .. string[] rest]:
        return await LoaderBenchmark.RunAsync(rest);
    case ["memory", .. string[] rest]:
        return MemoryBenchmark.Run(rest);
    default:
        Console.Error.WriteLine(Usage);
        return 2;
}
