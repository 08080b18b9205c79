using VisualChat.Benchmarks;

if (args is ["tokens", ..])
{
    TokenBenchmark.Run(args[1..]);
    return 0;
}

if (args is ["images", ..])
    return ImageBenchmark.Run(args[1..]);

Console.Error.WriteLine("Usage: tokens MODEL [TEXT] | images [FOLDER] [SIZE]");
return 2;
