using System.Runtime.ExceptionServices;
using TorchSharp;

namespace VisualChat.Model.Native;

/// <summary>
/// Work that several threads do at once, each with so many threads of libtorch's.
/// </summary>
internal static class SideBySide
{
    /// <summary>Does each part on a thread of its own, and returns when all are done.</summary>
    /// <remarks>
    /// How many threads a product takes is a setting of the whole process: no other computes
    /// meanwhile.
    /// </remarks>
    /// <param name="parts">How many.</param>
    /// <param name="threadsEach">libtorch's threads for each.</param>
    /// <param name="work">Gets the number of its part.</param>
    public static void Run(int parts, int threadsEach, Action<int> work)
    {
        var failures = new Exception?[parts];
        var threads = new Thread[parts];
        for (int index = 0; index < parts; index++)
        {
            int part = index;
            threads[part] = new Thread(() =>
            {
                try
                {
                    // Holds for this thread, and for new ones until it is set back below.
                    torch.set_num_threads(threadsEach);
                    work(part);
                }
                catch (Exception exception)
                {
                    failures[part] = exception;
                }
            });
            threads[part].Start();
        }

        foreach (Thread thread in threads)
            thread.Join();
        torch.set_num_threads(Environment.ProcessorCount);
        foreach (Exception? failure in failures)
        {
            if (failure is not null)
                ExceptionDispatchInfo.Throw(failure);
        }
    }
}
