using System.Diagnostics;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Recipes;
using VisualChat.Pipeline.Serving.Bodies;
using VisualChat.Pipeline.Serving.Http;
using VisualChat.Pipeline.Serving.Images;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving;

/// <summary>A model behind HTTP: OpenAI's chat completions, and a page to chat in.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private const int ReadAheadBytes = 64 * 1024;

    private static readonly TimeSpan Farewell = TimeSpan.FromSeconds(2);

    private readonly WebApplication _application;
    private readonly ImageIntake _images;
    private readonly ModelThread _thread;
    private readonly BodyBudget _budget;
    private readonly TimeSpan _grace;

    private ChatServer(
        WebApplication application, ImageIntake images, ModelThread thread, BodyBudget budget, TimeSpan grace)
    {
        _application = application;
        _images = images;
        _thread = thread;
        _budget = budget;
        _grace = grace;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address
    {
        get
        {
            IServer server = _application.Services.GetRequiredService<IServer>();
            return new Uri(server.Features.Get<IServerAddressesFeature>()!.Addresses.First());
        }
    }

    /// <summary>Bytes that the bodies of requests hold.</summary>
    public long HeldBodyBytes => _budget.Held;

    /// <summary>Begins to listen. Requests wait until the model is open.</summary>
    /// <param name="settings">Where it listens, and to whom.</param>
    /// <param name="modelName">What clients call the model.</param>
    /// <param name="frame">What the model sees of an image.</param>
    /// <param name="thread">The model's thread, which stays the caller's.</param>
    /// <param name="log">Receives a line for each answer and each request that went wrong.</param>
    /// <exception cref="WorkException">
    /// The port is in use, or the address is not one of this machine's.
    /// </exception>
    public static async Task<ChatServer> StartAsync(
        ServeSettings settings, string modelName, ImageFrame frame, ModelThread thread, TextWriter log)
    {
        WebApplication application = Build(settings);
        var images = new ImageIntake(frame, settings);
        var budget = new BodyBudget(settings.Limits.AllBodiesBytes, settings.Limits.BodyDeadline);
        var router = new Router(
            modelName,
            thread,
            new AccessGuard(settings.ApiKey),
            new CompletionEndpoint(modelName, thread, images, budget, settings.Limits),
            settings.Limits,
            new RequestLog(log));
        application.Run(router.HandleAsync);
        try
        {
            await application.StartAsync();
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await application.DisposeAsync();
            images.Dispose();
            throw CannotListen(settings, exception);
        }

        return new ChatServer(application, images, thread, budget, settings.Grace);
    }

    /// <summary>
    /// Stops in good order: takes no more requests, refuses those that have not arrived, lets
    /// answers finish within the grace time and then cuts them. Connections are closed 2 s after
    /// that.
    /// </summary>
    /// <returns>How many answers were cut.</returns>
    public async Task<int> StopAsync()
    {
        long start = Stopwatch.GetTimestamp();
        _budget.Stop();
        int cut = await _thread.StopAsync(_grace);

        // Clients still have to be told, and some read slowly.
        TimeSpan left = _grace - Stopwatch.GetElapsedTime(start);
        using var last = new CancellationTokenSource((left > TimeSpan.Zero ? left : TimeSpan.Zero) + Farewell);
        await _application.StopAsync(last.Token);
        return cut;
    }

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _images.Dispose();
    }

    private static WebApplication Build(ServeSettings settings)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            ServeLimits limits = settings.Limits;
            kestrel.AddServerHeader = false;

            // BodyReader keeps the limit, and says so in a friendlier way.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxConcurrentConnections = limits.Connections;
            kestrel.Limits.RequestHeadersTimeout = limits.HeadersDeadline;
            kestrel.Limits.KeepAliveTimeout = limits.IdleConnection;
            kestrel.Limits.MinRequestBodyDataRate = new MinDataRate(limits.BodyBytesPerSecond, limits.RateGrace);
            kestrel.Limits.MinResponseDataRate = new MinDataRate(limits.AnswerBytesPerSecond, limits.RateGrace);

            // By default a megabyte of each connection is read ahead, outside of any budget.
            kestrel.Limits.MaxRequestBufferSize = ReadAheadBytes;
            kestrel.Listen(settings.Address, settings.Port, listen => listen.Protocols = HttpProtocols.Http1);
        });
        return builder.Build();
    }

    private static WorkException CannotListen(ServeSettings settings, Exception exception)
    {
        string message = exception.InnerException is AddressInUseException
            ? $"Port {settings.Port} of {settings.Address} is in use. " +
              "End what listens there, or name another with --port."
            : $"{settings.Address} port {settings.Port} cannot be listened at: {exception.Message}";
        return new WorkException(message, exception);
    }
}
