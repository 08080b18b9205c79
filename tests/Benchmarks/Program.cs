using VisualChat.Benchmarks;

if (args is ["tokens", ..])
{
    TokenBenchmark.Run(args[1..]);
    return 0;
}

Console.Error.WriteLine("Usage: tokens MODEL [TEXT]");
return 2;
