using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using System.Threading.Channels;
using Microsoft.Win32.SafeHandles;
using VisualChat.Pipeline.Threading;

namespace VisualChat.Pipeline.Storage;

/// <summary>
/// The stream that shards and checkpoints are written through. Its bytes are gathered in large
/// blocks; one thread hashes a block (SHA-256, 2 GB/s) while another writes it. So the caller waits
/// for neither, and no file is read back to be hashed.
/// </summary>
/// <remarks>
/// Where the file system allows it, blocks bypass the page cache (docs/decisions/0009): a shard is
/// not read again by the blend, and copying it into the cache was a tenth of a blend's processor
/// time, half of it where the images are stored as they are.
/// </remarks>
internal sealed class HashedFileStream : Stream
{
    private const int Blocks = 4;

    private readonly DirectFile _file;
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly Channel<Block> _free = Channel.CreateBounded<Block>(Blocks);
    private readonly Channel<Block> _toHash = Channel.CreateBounded<Block>(Blocks);
    private readonly Channel<Block> _toWrite = Channel.CreateBounded<Block>(Blocks);
    private readonly Block[] _blocks = new Block[Blocks];
    private readonly Task _hashing;
    private readonly Task _writing;
    private ExceptionDispatchInfo? _failure;
    private Block? _current;
    private long _length;

    /// <summary>Starts writing at the file's first byte.</summary>
    /// <param name="file">An empty file, open for writing; it stays open.</param>
    public HashedFileStream(SafeFileHandle file)
    {
        _file = new DirectFile(file);
        for (int number = 0; number < Blocks; number++)
            _ = _free.Writer.TryWrite(_blocks[number] = new Block());
        _hashing = Task.Run(HashAsync);

        // Writing waits for the disk.
        _writing = OwnThread.Run(WriteBlocks);
    }

    public override bool CanRead => false;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => _length;

    public override long Position
    {
        get => _length;
        set => throw new NotSupportedException();
    }

    /// <summary>Waits until every byte is written.</summary>
    /// <returns>SHA-256 (hex) of the file.</returns>
    /// <exception cref="IOException">The storage failed.</exception>
    public async Task<string> FinishAsync()
    {
        if (_current is { } last)
            Submit(last);
        await StopAsync();
        _failure?.Throw();
        return Convert.ToHexStringLower(_hash.GetHashAndReset());
    }

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        while (buffer.Length > 0)
        {
            _current ??= WaitForFree();
            buffer = buffer[Fill(_current, buffer)..];
        }
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override async ValueTask WriteAsync(
        ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (buffer.Length > 0)
        {
            _current ??= await _free.Reader.ReadAsync(cancellationToken);
            buffer = buffer[Fill(_current, buffer.Span)..];
        }
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Does nothing: only <see cref="FinishAsync"/> waits for the disk.</summary>
    public override void Flush()
    {
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override async ValueTask DisposeAsync()
    {
        await StopAsync();
        await base.DisposeAsync();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            StopAsync().GetAwaiter().GetResult();
            _hash.Dispose();
            foreach (Block block in _blocks)
                block.Dispose();
        }

        base.Dispose(disposing);
    }

    private Task StopAsync()
    {
        _toHash.Writer.TryComplete();
        _toWrite.Writer.TryComplete();
        return Task.WhenAll(_hashing, _writing);
    }

    private Block WaitForFree() => _free.Reader.TryRead(out Block? block)
        ? block
        : _free.Reader.ReadAsync().AsTask().GetAwaiter().GetResult();

    private int Fill(Block block, ReadOnlySpan<byte> buffer)
    {
        int bytes = block.Memory.Fill(buffer);
        _length += bytes;
        if (block.Memory.IsFull)
            Submit(block);
        return bytes;
    }

    private void Submit(Block block)
    {
        _failure?.Throw();
        _current = null;
        block.Offset = _length - block.Memory.Filled;
        block.Users = 2;

        // Each channel has as many places as there are blocks, so neither is ever full.
        _ = _toHash.Writer.TryWrite(block);
        _ = _toWrite.Writer.TryWrite(block);
    }

    private async Task HashAsync()
    {
        await foreach (Block block in _toHash.Reader.ReadAllAsync())
        {
            _hash.AppendData(block.Memory.Bytes);
            Release(block);
        }
    }

    private void WriteBlocks()
    {
        while (_toWrite.Reader.WaitToReadAsync().AsTask().GetAwaiter().GetResult())
        {
            while (_toWrite.Reader.TryRead(out Block? block))
            {
                try
                {
                    if (_failure is null)
                        _file.Write(block.Memory.Bytes, block.Offset);
                }
                catch (Exception exception)
                {
                    _failure = ExceptionDispatchInfo.Capture(exception);
                }

                Release(block);
            }
        }
    }

    private void Release(Block block)
    {
        if (Interlocked.Decrement(ref block.Users) > 0)
            return;
        block.Memory.Clear();
        _ = _free.Writer.TryWrite(block);
    }

    /// <summary>A block that is being hashed and written.</summary>
    private sealed class Block : IDisposable
    {
        public readonly DirectBlock Memory = new();

        /// <summary>Its place in the file.</summary>
        public long Offset;

        /// <summary>Threads that still need its bytes.</summary>
        public int Users;

        public void Dispose() => Memory.Dispose();
    }
}
