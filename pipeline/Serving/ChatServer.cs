using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using VisualChat.Pipeline.Errors;
using VisualChat.Pipeline.Serving.Http;
using VisualChat.Pipeline.Serving.Images;
using VisualChat.Pipeline.Serving.Scheduling;

namespace VisualChat.Pipeline.Serving;

/// <summary>A model behind HTTP: OpenAI's chat completions, and a page to chat in.</summary>
internal sealed class ChatServer : IAsyncDisposable
{
    private const int MostConnections = 512;

    private readonly WebApplication _application;
    private readonly ImageIntake _images;
    private readonly ModelThread _thread;
    private readonly TimeSpan _grace;

    private ChatServer(WebApplication application, ImageIntake images, ModelThread thread, TimeSpan grace)
    {
        _application = application;
        _images = images;
        _thread = thread;
        _grace = grace;
    }

    /// <summary>Where it listens.</summary>
    public Uri Address => new(_application.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());

    /// <summary>Begins to listen; requests wait until the model is opened.</summary>
    /// <param name="settings">Where, and to whom.</param>
    /// <param name="modelName">What clients call the model.</param>
    /// <param name="imageSize">Columns and rows of the model's crop.</param>
    /// <param name="thread">The model's thread; it stays the caller's.</param>
    /// <param name="log">Receives a line for each answer and each request that went wrong.</param>
    /// <exception cref="WorkException">The port is in use, or the address is not this machine's.</exception>
    public static async Task<ChatServer> StartAsync(ServeSettings settings, string modelName, int imageSize, ModelThread thread, TextWriter log)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;

            // RequestBody has the limit, and a kinder way to say so.
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxConcurrentConnections = MostConnections;
            kestrel.Listen(settings.Address, settings.Port);
        });
        WebApplication application = builder.Build();
        var images = new ImageIntake(imageSize, settings);
        var router = new Router(
            modelName, thread, new AccessGuard(settings.ApiKey), new CompletionEndpoint(modelName, thread, images, settings.Limits), settings.Limits, new RequestLog(log));
        application.Run(router.HandleAsync);
        try
        {
            await application.StartAsync().ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            images.Dispose();
            throw new WorkException(
                exception.InnerException is AddressInUseException
                    ? $"Port {settings.Port} of {settings.Address} is in use. End what listens there, or name another with --port."
                    : $"{settings.Address} port {settings.Port} cannot be listened at: {exception.Message}",
                exception);
        }

        return new ChatServer(application, images, thread, settings.Grace);
    }

    /// <summary>Ends well: no request is taken any more, answers may go on for the grace time and are then cut.</summary>
    /// <returns>How many answers were cut.</returns>
    public async Task<int> StopAsync()
    {
        int cut = await _thread.StopAsync(_grace).ConfigureAwait(false);

        // What is left is to be told, at most a few bytes each.
        using var last = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _application.StopAsync(last.Token).ConfigureAwait(false);
        return cut;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync().ConfigureAwait(false);
        _images.Dispose();
    }
}
