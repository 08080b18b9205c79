if (args is ["images", ..])
    return VisualChat.Benchmarks.ImageBenchmark.Run(args[1..]);
return 0;
