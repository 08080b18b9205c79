using VisualChat.Benchmarks;

if (args is ["tokens", ..])
{
    TokenBenchmark.Run(args[1..]);
    return 0;
}

if (args is ["attention", ..])
{
    AttentionBenchmark.Run(args[1..]);
    return 0;
}

Console.Error.WriteLine("Usage: tokens MODEL [TEXT] | attention [IMAGES...]");
return 2;
