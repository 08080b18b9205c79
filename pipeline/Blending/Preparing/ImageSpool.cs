using System.Collections.Concurrent;
using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using VisualChat.Pipeline.Storage;

namespace VisualChat.Pipeline.Blending.Preparing;

/// <summary>
/// A file of images that are needed again, deleted when it is closed. Images are gathered in large
/// blocks, which bypass the page cache where the file system allows it (docs/decisions/0009). The
/// spool's own threads read them, so a worker waits for the disk only if the disk is slower than
/// everything else. Costs a copy of each image into a block, and one write for a dozen of them.
/// Safe to call from many threads.
/// </summary>
internal sealed class ImageSpool : IDisposable
{
    private const int Blocks = 4;
    private const int ReadingThreads = 4;

    private readonly SafeFileHandle _handle;
    private readonly DirectFile _file;
    private readonly PooledBuffers _buffers;
    private readonly Lock _appending = new();
    private readonly object _changed = new();
    private readonly DirectBlock[] _blocks = new DirectBlock[Blocks];
    private readonly Stack<DirectBlock> _free;
    private readonly Queue<(long Number, DirectBlock Block)> _full = new();
    private readonly Dictionary<long, DirectBlock> _unwritten = [];
    private readonly BlockingCollection<(long Offset, int Length, TaskCompletionSource<PooledBytes> Read)> _toRead = [];
    private readonly Thread[] _threads;
    private ExceptionDispatchInfo? _failure;
    private bool _isClosed;
    private long _end;

    /// <summary>Makes the file.</summary>
    /// <param name="path">Its path; an existing file is replaced.</param>
    /// <param name="buffers">Where the memory of images read comes from.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public ImageSpool(string path, PooledBuffers buffers)
    {
        _buffers = buffers;
        _handle = AtomicFile.OpenUnfinished(path, FileOptions.DeleteOnClose);
        _file = new DirectFile(_handle);
        for (int number = 0; number < Blocks; number++)
            _blocks[number] = new DirectBlock();
        _free = new Stack<DirectBlock>(_blocks);

        // Reading and writing wait for the disk: on threads of the pool they would keep workers
        // from their cores.
        _threads =
        [
            new Thread(WriteBlocks),
            .. Enumerable.Range(0, ReadingThreads).Select(_ => new Thread(ReadImages)),
        ];
        foreach (Thread thread in _threads)
        {
            thread.IsBackground = true;
            thread.Start();
        }
    }

    /// <summary>Adds an image. Waits only if the disk is some blocks behind.</summary>
    /// <param name="image">The image.</param>
    /// <returns>Where it is.</returns>
    /// <exception cref="IOException">The storage failed.</exception>
    public long Append(ReadOnlySpan<byte> image)
    {
        lock (_appending)
        {
            long offset = _end;
            while (image.Length > 0)
            {
                DirectBlock block = BlockAt(_end);
                int filled = block.Filled;
                image = image[block.Fill(image)..];
                if (image.Length == 0)
                    block.FillSector();
                _end += block.Filled - filled;
                if (block.IsFull)
                    Submit(block, (_end / DirectBlock.Length) - 1);
            }

            return offset;
        }
    }

    /// <summary>Reads an image.</summary>
    /// <param name="offset">Where it is.</param>
    /// <param name="length">Its bytes.</param>
    /// <exception cref="IOException">The storage failed.</exception>
    public PooledBytes Read(long offset, int length)
    {
        PooledBytes image = _buffers.Rent(length);
        Span<byte> sectors = image.Sectors;
        while (sectors.Length > 0)
        {
            long leftInBlock = DirectBlock.Length - (offset % DirectBlock.Length);
            Span<byte> piece = sectors[..(int)Math.Min(sectors.Length, leftInBlock)];
            if (!TryReadUnwritten(offset, piece))
                _file.Read(piece, offset);
            offset += piece.Length;
            sectors = sectors[piece.Length..];
        }

        return image;
    }

    /// <summary>Reads an image, on one of the spool's threads.</summary>
    /// <param name="offset">Where it is.</param>
    /// <param name="length">Its bytes.</param>
    /// <returns>The image; fails with an <see cref="IOException"/> if the storage did.</returns>
    public Task<PooledBytes> ReadAsync(long offset, int length)
    {
        var read = new TaskCompletionSource<PooledBytes>(TaskCreationOptions.RunContinuationsAsynchronously);
        _toRead.Add((offset, length, read));
        return read.Task;
    }

    /// <summary>Ends it; pending reads and writes are dropped.</summary>
    public void Dispose()
    {
        _toRead.CompleteAdding();
        lock (_changed)
        {
            _isClosed = true;
            Monitor.PulseAll(_changed);
        }

        foreach (Thread thread in _threads)
            thread.Join();

        // A run that was stopped may still have workers that append.
        lock (_appending)
        {
            foreach (DirectBlock block in _blocks)
                block.Dispose();
        }

        _handle.Dispose();
    }

    private DirectBlock BlockAt(long offset)
    {
        lock (_changed)
        {
            bool isBegun = offset % DirectBlock.Length > 0;
            while (!isBegun && _free.Count == 0 && !_isClosed)
                Monitor.Wait(_changed);
            ThrowIfUnusable();
            long number = offset / DirectBlock.Length;
            return isBegun ? _unwritten[number] : _unwritten[number] = _free.Pop();
        }
    }

    private void Submit(DirectBlock block, long number)
    {
        lock (_changed)
        {
            _full.Enqueue((number, block));
            Monitor.PulseAll(_changed);
        }
    }

    private bool TryReadUnwritten(long offset, Span<byte> piece)
    {
        lock (_changed)
        {
            ThrowIfUnusable();
            if (!_unwritten.TryGetValue(offset / DirectBlock.Length, out DirectBlock? block))
                return false;
            block.Bytes.Slice((int)(offset % DirectBlock.Length), piece.Length).CopyTo(piece);
            return true;
        }
    }

    private void ThrowIfUnusable()
    {
        _failure?.Throw();
        ObjectDisposedException.ThrowIf(_isClosed, this);
    }

    private void WriteBlocks()
    {
        while (NextFull() is (long number, DirectBlock block))
        {
            ExceptionDispatchInfo? failure = null;
            try
            {
                _file.Write(block.Bytes, number * DirectBlock.Length);
            }
            catch (Exception exception)
            {
                failure = ExceptionDispatchInfo.Capture(exception);
            }

            lock (_changed)
            {
                _failure ??= failure;
                _ = _unwritten.Remove(number);
                block.Clear();
                _free.Push(block);
                Monitor.PulseAll(_changed);
            }
        }
    }

    private (long Number, DirectBlock Block)? NextFull()
    {
        lock (_changed)
        {
            while (_full.Count == 0 && !_isClosed)
                Monitor.Wait(_changed);
            return _isClosed ? null : _full.Dequeue();
        }
    }

    private void ReadImages()
    {
        foreach ((long offset, int length, TaskCompletionSource<PooledBytes> read) in _toRead.GetConsumingEnumerable())
        {
            try
            {
                read.SetResult(Read(offset, length));
            }
            catch (Exception exception)
            {
                read.SetException(exception);
            }
        }
    }
}
