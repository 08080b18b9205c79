// The page: what is shown, and what a user can do. All text enters it as text nodes, never as
// markup.
import { ApiError, ask, getModel } from './api.js';
import { State, countImages, newRound, toJson, toMarkdown, toMessages } from './conversation.js';
import { takeImage } from './images.js';
import { load, save } from './store.js';

const byId = id => document.getElementById(id);
const main = document.querySelector('main');
const question = byId('question');

let model = null;
let rounds = [];
let picked = [];
let cleared = null;
let stopping = null;

// Replaced by the limits of the model's card.
let limits = { images: 8, image_bytes: 20_000_000, image_pixels: 50_000_000, body_bytes: 64_000_000 };

function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function button(label, act, hint = '') {
  const node = element('button', '', label);
  node.type = 'button';
  node.title = hint;
  node.addEventListener('click', act);
  return node;
}

function tell(text) {
  byId('status').textContent = text;
  byId('undo').hidden = true;
}

// ---- what is shown

// An image's picture moves from the composer into its round: a new one would flicker.
function pictureOf(image) {
  if (!image.isShown) return element('div', 'unseen', image.name);
  const picture = element('img');
  picture.src = URL.createObjectURL(image.blob);
  picture.title = image.name;
  return picture;
}

function figure(image, number) {
  image.picture ??= pictureOf(image);
  image.picture.alt = `Image ${number}: ${image.name}`;
  const title = element('b', '', `Image ${number}`);
  return element('figure', '', image.picture, element('figcaption', '', title, image.note ? ` ${image.note}` : ''));
}

const notes = {
  [State.stopped]: 'Stopped.',
  [State.cut]: 'The answer reached its limit; Settings can make it longer.',
};

function card(round, index) {
  const node = element('article', '');
  node.setAttribute('aria-label', `Round ${index + 1}`);
  if (round.images.length > 0) {
    const before = countImages(rounds.slice(0, index));
    node.append(element('div', 'images', ...round.images.map((image, place) => figure(image, before + place + 1))));
  }
  node.append(element('p', 'bubble question', element('span', 'hidden', 'You: '), round.question));
  if (round.state === State.failed) {
    node.append(element('p', 'bubble failure', round.problem));
  } else {
    const answer = element('p', 'bubble answer', element('span', 'hidden', 'The model: '), round.answer);
    answer.setAttribute('aria-busy', String(round.state === State.answering));
    node.append(answer);
  }
  if (notes[round.state]) node.append(element('p', 'note', notes[round.state]));
  if (round.state !== State.answering) node.append(actionsOf(round, index));
  return node;
}

function actionsOf(round, index) {
  const actions = element('p', 'actions');
  if (round.state !== State.failed) {
    actions.append(button('Copy', async event => {
      await copy(round.answer);
      event.target.textContent = 'Copied';
      setTimeout(() => { event.target.textContent = 'Copy'; }, 1500);
    }, 'Copy the answer'));
  }
  if (index === rounds.length - 1) {
    const hint = round.state === State.failed ? '' : 'Answer once more, with some chance in the choice of words';
    actions.append(button('Try again', () => answerLast(round.state !== State.failed), hint));
    actions.append(button('Edit', takeBack, 'Take the question back and change it'));
  }
  return actions;
}

function draw() {
  const top = main.scrollTop;
  byId('rounds').replaceChildren(...rounds.map(card));
  byId('welcome').hidden = rounds.length > 0;
  const before = countImages(rounds);
  byId('picked').replaceChildren(...picked.map((image, place) => {
    const remove = button('×', () => removePicked(place), `Remove image ${before + place + 1}`);
    remove.ariaLabel = remove.title;
    return element('li', '', figure(image, before + place + 1), remove);
  }));
  for (const id of ['markdown', 'json', 'new']) byId(id).disabled = rounds.length === 0;
  byId('export').inert = rounds.length === 0;
  byId('send').hidden = stopping !== null;
  byId('stop').hidden = stopping === null;
  main.scrollTop = isFollowed ? main.scrollHeight : top;
}

// Draws only the answer: the whole conversation need not be drawn again for each word.
function drawAnswer(round) {
  const answer = main.querySelector('article:last-of-type .answer');
  if (answer) answer.lastChild.data = round.answer;
}

// The end is followed as the conversation grows, unless the user has scrolled up to read. A picture
// that loads moves the end too, but does not scroll up.
let isFollowed = true;
let lastTop = 0;
const toEnd = () => { main.scrollTop = main.scrollHeight; };
main.addEventListener('scroll', () => {
  if (main.scrollHeight - main.scrollTop - main.clientHeight < 60) isFollowed = true;
  else if (main.scrollTop < lastTop) isFollowed = false;
  lastTop = main.scrollTop;
});
const growth = new ResizeObserver(() => { if (isFollowed) toEnd(); });
growth.observe(byId('rounds'));
growth.observe(main);

// ---- images

async function addImages(files) {
  for (const file of files) {
    if (countImages(rounds) + picked.length >= limits.images) {
      tell(`A conversation shows at most ${limits.images} images.`);
      break;
    }
    try {
      picked.push(await takeImage(file, limits));
      tell('');
    } catch (error) {
      tell(error.message);
    }
  }
  draw();
  keep();
  question.focus();
}

function removePicked(place) {
  const [image] = picked.splice(place, 1);
  URL.revokeObjectURL(image.picture.src);
  draw();
  keep();
  (byId('picked').querySelectorAll('button')[place] ?? question).focus();
}

byId('pick').addEventListener('click', () => byId('files').click());
byId('files').addEventListener('change', event => {
  addImages([...event.target.files]);
  event.target.value = '';
});
document.addEventListener('paste', event => {
  const files = [...event.clipboardData.files];
  if (files.length === 0) return;
  event.preventDefault();
  addImages(files);
});

const bringsFiles = event => event.dataTransfer?.types.includes('Files');
document.addEventListener('dragover', event => {
  if (!bringsFiles(event)) return;
  event.preventDefault();
  byId('drop').hidden = false;
});
document.addEventListener('dragleave', event => {
  if (event.relatedTarget === null) byId('drop').hidden = true;
});
document.addEventListener('drop', event => {
  byId('drop').hidden = true;
  if (!bringsFiles(event)) return;
  event.preventDefault();
  addImages([...event.dataTransfer.files]);
});

// ---- asking

function send() {
  if (stopping) return;
  if (question.value.trim() === '') {
    tell(picked.length === 0 ? '' : 'Ask something about the images.');
    return;
  }
  if (rounds.at(-1)?.state === State.failed) {
    tell('The last question has no answer yet: try it again, or edit it.');
    return;
  }
  rounds.push(newRound(question.value.trim(), picked));
  question.value = '';
  picked = [];
  cleared = null;
  isFollowed = true;
  answerLast(false);
}

async function answerLast(byChance) {
  if (stopping) return;
  const round = rounds.at(-1);
  Object.assign(round, { answer: '', state: State.answering, problem: null });
  stopping = new AbortController();
  tell('');
  draw();
  keep();
  question.focus();
  try {
    const pieces = ask(await bodyOf(byChance), sessionStorage.getItem('key'), stopping.signal, limits.body_bytes);
    let next;
    while (!(next = await pieces.next()).done) {
      round.answer += next.value;
      drawAnswer(round);
      keep();
    }
    round.state = next.value === 'length' ? State.cut : State.done;
    byId('announcement').textContent = round.answer;
  } catch (error) {
    if (error.name === 'AbortError') {
      round.state = State.stopped;
    } else {
      round.state = State.failed;
      round.problem = error.message;
      if (!(error instanceof ApiError)) console.error(error);
    }
    if (error.status === 401) askForKey(error.message);
  }
  stopping = null;
  draw();
  keep();
}

async function bodyOf(byChance) {
  const { system, temperature, most } = settings();
  const body = { model: model?.id, messages: await toMessages(rounds, system) };
  if (temperature !== '') body.temperature = Number(temperature);
  if (most !== '') body.max_tokens = Number(most);
  if (byChance && !(body.temperature > 0)) body.temperature = 0.7;
  return body;
}

function takeBack() {
  const round = rounds.pop();
  question.value = question.value === '' ? round.question : `${round.question}\n${question.value}`;
  picked = [...round.images, ...picked];
  draw();
  keep();
  question.focus();
}

byId('composer').addEventListener('submit', event => {
  event.preventDefault();
  send();
});
byId('stop').addEventListener('click', () => stopping?.abort());
question.addEventListener('keydown', event => {
  // While a word is composed, Enter chooses it.
  if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  send();
});
question.addEventListener('input', () => keep());
document.addEventListener('keydown', event => {
  if (event.key === 'Escape' && !document.querySelector('dialog[open]')) stopping?.abort();
});

// ---- the conversation as a whole

byId('new').addEventListener('click', () => {
  stopping?.abort();
  cleared = rounds;
  rounds = [];
  draw();
  keep();
  tell('A new chat.');
  byId('undo').hidden = false;
  question.focus();
});
byId('undo').addEventListener('click', () => {
  if (cleared) rounds = [...cleared, ...rounds];
  cleared = null;
  tell('');
  draw();
  keep();
  question.focus();
});
byId('markdown').addEventListener('click', () => {
  download('conversation.md', 'text/markdown', toMarkdown(rounds, model?.id ?? 'VisualChat'));
});
byId('json').addEventListener('click', async () => {
  download('conversation.json', 'application/json', await toJson(rounds, model?.id, settings().system));
});

document.addEventListener('click', event => {
  if (event.target !== byId('export').querySelector('summary')) byId('export').open = false;
});

function download(name, type, text) {
  const link = element('a');
  link.href = URL.createObjectURL(new Blob([text], { type }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

async function copy(text) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(text);
    return;
  }
  // Without TLS, pages of other machines have only the old way.
  const area = element('textarea');
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}

// Pieces of an answer come faster than they need to be kept.
let keeping = 0;
function keep() {
  keeping ||= setTimeout(keepNow, 300);
}

async function keepNow() {
  clearTimeout(keeping);
  keeping = 0;
  const plain = ({ name, blob, note, isShown }) => ({ name, blob, note, isShown });
  const kept = {
    rounds: rounds.map(round => ({ ...round, images: round.images.map(plain) })),
    draft: { text: question.value, images: picked.map(plain) },
  };
  if (!await save(kept)) tell('This conversation is too large to be kept: it will not survive a reload.');
}
document.addEventListener('visibilitychange', () => {
  if (document.visibilityState === 'hidden') keepNow();
});

// ---- settings and the key

const fields = { system: byId('system'), temperature: byId('temperature'), most: byId('most') };
const defaults = { system: '', temperature: '', most: '' };
const settings = () => ({ ...defaults, ...JSON.parse(localStorage.getItem('settings') ?? '{}') });

byId('settings').addEventListener('click', () => {
  for (const [name, field] of Object.entries(fields)) field.value = settings()[name];
  byId('settings-dialog').showModal();
});
byId('settings-dialog').addEventListener('close', () => {
  const values = Object.entries(fields).map(([name, field]) => [name, field.value]);
  localStorage.setItem('settings', JSON.stringify(Object.fromEntries(values)));
});

function askForKey(why) {
  if (sessionStorage.getItem('key')) byId('key-why').textContent = why;
  byId('key').value = '';
  byId('key-dialog').showModal();
}
byId('key-dialog').addEventListener('close', () => {
  if (!byId('key').value) {
    tell('This server answers those who have its API key.');
    return;
  }
  sessionStorage.setItem('key', byId('key').value);
  tell('');
  meet();
});

async function meet() {
  try {
    model = await getModel(sessionStorage.getItem('key'));
    limits = model.limits;
    byId('model').textContent = model.id;
    document.title = `${model.id} – VisualChat`;
  } catch (error) {
    if (error.status === 401) askForKey(error.message);
    else tell(error.message);
  }
}

const kept = await load();
if (kept) {
  rounds = kept.rounds;
  picked = kept.draft.images;
  question.value = kept.draft.text;
  // A reload ended what was being said.
  for (const round of rounds) if (round.state === State.answering) round.state = State.stopped;
}
draw();
await meet();
document.documentElement.dataset.ready = '';
