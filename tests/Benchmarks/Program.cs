using VisualChat.Benchmarks;

return args switch
{
    ["index", .. string[] rest] => IndexBenchmark.Run(rest),
    _ => 2,
};
