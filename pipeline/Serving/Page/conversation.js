// A conversation as data: rounds of a question, its images and its answer.

/** The state of a round. The model later reads only rounds with an answer, whole or not. */
export const State = { answering: 'answering', done: 'done', stopped: 'stopped', cut: 'cut', failed: 'failed' };

export const countImages = rounds => rounds.reduce((count, round) => count + round.images.length, 0);

/** A round that is to be answered. */
export const newRound = (question, images) => ({ question, images, answer: '', state: State.answering, problem: null });

/**
 * The conversation up to the last question, as the API's messages. Images come before their
 * question, as the model sees them.
 */
export async function toMessages(rounds, system) {
  const messages = system ? [{ role: 'system', content: system }] : [];
  for (const [index, round] of rounds.entries()) {
    const images = await Promise.all(round.images.map(toPart));
    const text = { type: 'text', text: round.question };
    messages.push({ role: 'user', content: images.length === 0 ? round.question : [...images, text] });
    if (index < rounds.length - 1) messages.push({ role: 'assistant', content: round.answer });
  }
  return messages;
}

const toPart = async image => ({ type: 'image_url', image_url: { url: await dataUri(image.blob) } });

function dataUri(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result);
    reader.onerror = () => reject(new Error('An image cannot be read any more. Remove it and add it again.'));
    // The server finds the format in the bytes, but refuses a data URI that is not an image's.
    reader.readAsDataURL(blob.type.startsWith('image/') ? blob : new Blob([blob], { type: 'image/unknown' }));
  });
}

/** The conversation with all its images, in the API's own form. */
export async function toJson(rounds, model, system) {
  const messages = rounds.length === 0 ? [] : await toMessages(rounds, system);
  if (rounds.length > 0) messages.push({ role: 'assistant', content: rounds.at(-1).answer });
  return JSON.stringify({ model, messages }, null, 2);
}

/** The conversation to read: images by number and name. */
export function toMarkdown(rounds, model) {
  const lines = ['# Conversation with ' + escaped(model), ''];
  let number = 0;
  for (const round of rounds) {
    for (const image of round.images) lines.push(`*Image ${++number}: ${escaped(image.name)}*`, '');
    lines.push(`**Question:** ${escaped(round.question)}`, '', `**Answer:** ${escaped(round.answer)}`, '');
  }
  return lines.join('\n');
}

// What was said must not become markup in a reader's viewer.
const escaped = text => text
  .replace(/[\\`*_[\]<>#&|~]/g, '\\$&')
  .replace(/^(\s*\d*)([-+=.)])/gm, '$1\\$2')
  .replace(/\r?\n/g, '  \n');
