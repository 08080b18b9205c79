// What a user of OpenAI's client for node writes, against the server of OPENAI_BASE_URL. Prints what it got as JSON.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const { default: OpenAI } = createRequire(`${process.env.CLIENT}/`)('openai');
const client = new OpenAI();
const image = index => ({ type: 'image_url', image_url: { url: `data:image/jpeg;base64,${readFileSync(process.env.IMAGES.split(':')[index]).toString('base64')}` } });
const said = { models: [] };

for await (const model of client.models.list()) said.models.push(model.id);
const model = (await client.models.retrieve(said.models[0])).id;

const request = {
  model,
  messages: [
    { role: 'developer', content: 'Be brief.' },
    { role: 'user', content: [{ type: 'text', text: 'What do you see in' }, image(0), image(1), { type: 'text', text: 'these?' }] },
    { role: 'assistant', content: 'Two pictures.' },
    { role: 'user', content: 'Which is larger?' },
  ],
  temperature: 1,
  top_p: 0.9,
  max_tokens: 24,
  seed: 11,
};
said.whole = await client.chat.completions.create(request);

said.streamed = '';
said.pieces = 0;
for await (const chunk of await client.chat.completions.create({ ...request, stream: true, stream_options: { include_usage: true } })) {
  if (chunk.choices[0]?.delta?.content) {
    said.streamed += chunk.choices[0].delta.content;
    said.pieces++;
  }
  said.finish = chunk.choices[0]?.finish_reason ?? said.finish;
  said.usage = chunk.usage ?? said.usage;
}
said.helper = (await client.chat.completions.stream(request).finalChatCompletion()).choices[0].message.content;

said.errors = [];
const bad = { type: 'image_url', image_url: { url: 'data:image/png;base64,aGVsbG8=' } };
for (const [asking, change] of [
  [client, { model: 'gpt-4o' }],
  [client, { messages: [{ role: 'user', content: [bad, { type: 'text', text: 'What is it?' }] }] }],
  [client, { messages: [{ role: 'user', content: 'word '.repeat(10_000) }] }],
  [new OpenAI({ apiKey: 'wrong' }), {}],
]) {
  try {
    await asking.chat.completions.create({ ...request, ...change });
    said.errors.push('none');
  } catch (error) {
    said.errors.push(`${error.constructor.name} ${error.status} ${error.code} ${error.param}`);
  }
}
console.log(JSON.stringify(said));
