// The server's API: the model's card, and answers piece by piece.

export class ApiError extends Error {
  constructor(message, status, code) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The model that is served. */
export async function getModel(key) {
  const response = await request('/v1/models', { headers: headersOf(key) });
  return (await response.json()).data[0];
}

/** Asks, and yields the answer's text as it comes. Returns the reason it ended. */
export async function* ask(body, key, signal, mostBytes) {
  // Nearly all of it is base64, where a character is a byte.
  const text = JSON.stringify({ ...body, stream: true });
  if (text.length > mostBytes) {
    const sizes = `The conversation has ${megabytes(text.length)}, and the server takes ${megabytes(mostBytes)}.`;
    throw new ApiError(`${sizes} Begin a new chat, or show fewer images.`, 413);
  }
  const response = await request('/v1/chat/completions', {
    method: 'POST',
    headers: { ...headersOf(key), 'Content-Type': 'application/json' },
    body: text,
    signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let held = '';
  let finish = null;
  try {
    for (;;) {
      const { value, done } = await reader.read();
      if (done) break;
      held += value;
      const events = held.split('\n\n');
      held = events.pop();
      for (const event of events) {
        const data = event.replace(/^data: /, '');
        if (data === '[DONE]') return finish;
        const chunk = JSON.parse(data);
        if (chunk.error) throw new ApiError(chunk.error.message, 500, chunk.error.code);
        finish = chunk.choices[0]?.finish_reason ?? finish;
        if (chunk.choices[0]?.delta.content) yield chunk.choices[0].delta.content;
      }
    }
  } catch (error) {
    throw error instanceof TypeError ? unreachable() : error;
  }
  throw unreachable();
}

async function request(url, options) {
  let response;
  try {
    response = await fetch(url, options);
  } catch (error) {
    throw error instanceof TypeError ? unreachable() : error;
  }
  if (response.ok) return response;
  const body = await response.json().catch(() => null);
  const message = body?.error?.message ?? `The server answers with status ${response.status}.`;
  throw new ApiError(message, response.status, body?.error?.code);
}

const megabytes = bytes => `${(bytes / 1e6).toFixed(1)} MB`;

const unreachable = () => new ApiError('The server cannot be reached. Is it still running?', 0, 'unreachable');

const headersOf = key => (key ? { Authorization: `Bearer ${key}` } : {});
