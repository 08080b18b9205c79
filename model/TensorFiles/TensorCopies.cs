using System.Runtime.ExceptionServices;
using Microsoft.Win32.SafeHandles;
using TorchSharp;
using VisualChat.Model.Errors;
using VisualChat.Model.Files;
using VisualChat.Model.Transfers;
using static TorchSharp.torch;

namespace VisualChat.Model.TensorFiles;

/// <summary>
/// Fills tensors of a device from files. Several threads read pieces in the files' order, each into
/// a buffer of its own (pinned for a GPU), send them, and have the device convert them. While one
/// waits for the device, others read.
/// </summary>
/// <remarks>
/// A piece is one read, so a disk is asked for all of it at once. Beside the tensors it takes
/// <see cref="PieceBytes"/> of the host for each thread and type in the files, and as much of the
/// device.
/// </remarks>
internal sealed class TensorCopies(MappedFiles files, DeviceTransfers transfers)
{
    private const int MostThreads = 8;

    private readonly List<(TensorEntry Source, Tensor Destination)> _copies = [];

    /// <summary>How much a thread reads and sends at a time.</summary>
    public int PieceBytes { get; init; } = 16 << 20;

    /// <summary>Asks for a copy; nothing is read yet.</summary>
    /// <param name="source">A tensor in a file.</param>
    /// <param name="destination">
    /// Contiguous, of any type, on the device. If it has fewer rows, the first ones are copied.
    /// </param>
    public void Add(TensorEntry source, Tensor destination) => _copies.Add((source, destination));

    /// <summary>Copies everything that was asked for.</summary>
    /// <exception cref="ModelException">
    /// A file has changed since its header was read, or cannot be read.
    /// </exception>
    public void Run()
    {
        var handles = new Dictionary<string, SafeFileHandle>();
        try
        {
            List<Piece> pieces = [];
            foreach ((TensorEntry source, Tensor destination) in _copies)
            {
                if (source.IsRowMajor)
                    pieces.AddRange(Pieces(source, destination, HandleOf(source.Path)));
                else
                    CopyMapped(source, destination);
            }

            Copy([.. pieces.OrderBy(piece => piece.Path, StringComparer.Ordinal).ThenBy(piece => piece.Offset)]);
        }
        finally
        {
            foreach (SafeFileHandle handle in handles.Values)
                handle.Dispose();
        }

        SafeFileHandle HandleOf(string path)
        {
            if (!handles.TryGetValue(path, out SafeFileHandle? handle))
                handles.Add(path, handle = UserFile.Open(path));
            return handle;
        }
    }

    private IEnumerable<Piece> Pieces(TensorEntry source, Tensor destination, SafeFileHandle handle)
    {
        int size = TensorEntry.ElementBytes(source.Type);
        long count = destination.numel(), most = PieceBytes / size;
        for (long first = 0; first < count; first += most)
        {
            yield return new Piece(
                source.Path,
                handle,
                source.Offset + (first * size),
                source.Type,
                destination,
                first,
                Math.Min(most, count - first));
        }
    }

    // What a pickle holds transposed, for example.
    private void CopyMapped(TensorEntry source, Tensor destination)
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor rows = files.Load(source).narrow(0, 0, destination.shape[0]);
        transfers.Fill(destination, rows.contiguous());
    }

    private void Copy(Piece[] pieces)
    {
        int next = -1;
        int threads = Math.Min(Math.Min(Environment.ProcessorCount, MostThreads), pieces.Length);
        try
        {
            _ = Parallel.For(0, threads, _ =>
            {
                using DisposeScope scope = NewDisposeScope();
                var buffers = new Dictionary<ScalarType, Tensor>();
                for (int index = Interlocked.Increment(ref next); index < pieces.Length;)
                {
                    Copy(pieces[index], BufferOf(buffers, pieces[index].Type, scope));
                    index = Interlocked.Increment(ref next);
                }
            });
        }
        catch (AggregateException exception)
        {
            ExceptionDispatchInfo.Throw(exception.InnerExceptions[0]);
        }
    }

    private Tensor BufferOf(Dictionary<ScalarType, Tensor> buffers, ScalarType type, DisposeScope scope)
    {
        if (!buffers.TryGetValue(type, out Tensor? buffer))
        {
            buffer = transfers.HostMemory([PieceBytes / TensorEntry.ElementBytes(type)], type);
            scope.Attach(buffer);
            buffers.Add(type, buffer);
        }

        return buffer;
    }

    private void Copy(Piece piece, Tensor buffer)
    {
        using DisposeScope scope = NewDisposeScope();
        using IDisposable frozen = no_grad();
        Tensor values = buffer.narrow(0, 0, piece.Count);
        Read(piece, values.bytes);
        Tensor destination = piece.Destination.view(-1).narrow(0, piece.First, piece.Count);
        transfers.Fill(destination, values);
    }

    private static void Read(Piece piece, Span<byte> destination)
    {
        try
        {
            for (int done = 0; done < destination.Length;)
            {
                int read = RandomAccess.Read(piece.Handle, destination[done..], piece.Offset + done);
                if (read == 0)
                    throw new IOException("it has become shorter while it was read.");
                done += read;
            }
        }
        catch (IOException exception)
        {
            throw new ModelException($"'{piece.Path}' cannot be read: {exception.Message}", exception);
        }
    }

    /// <summary>Elements of a tensor that lie one after the other in a file.</summary>
    /// <param name="Path">The file.</param>
    /// <param name="Handle">The file, open.</param>
    /// <param name="Offset">Where the first element lies, in bytes.</param>
    /// <param name="Type">Their type in the file.</param>
    /// <param name="Destination">The tensor.</param>
    /// <param name="First">The first element's place in the tensor.</param>
    /// <param name="Count">How many elements.</param>
    private sealed record Piece(
        string Path,
        SafeFileHandle Handle,
        long Offset,
        ScalarType Type,
        Tensor Destination,
        long First,
        long Count);
}
