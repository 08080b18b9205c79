'use strict';

// Every text of a dataset enters the page as a text node or an attribute's value, never as markup.
const page = JSON.parse(document.getElementById('data').textContent);
const byId = id => document.getElementById(id);
const search = byId('search');
const hues = new Map(page.sources.map((name, index) => [name, Math.round(25 + 360 * index / page.sources.length)]));
const number = value => value.toLocaleString('en');
const counted = (value, noun) => `${number(value)} ${noun}${value === 1 ? '' : 's'}`;

function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function ofSource(node, source) {
  node.classList.add('source');
  node.style.setProperty('--hue', hues.get(source));
  return node;
}

function figure(image, ordinal) {
  const caption = element('figcaption', '', element('b', '', `Image ${ordinal}`), ` ${image.path}`);
  if (image.problem) return element('figure', '', element('div', 'missing', image.problem), caption);
  const picture = element('img');
  picture.src = page.images[image.picture];
  picture.alt = `Image ${ordinal}, ${image.path}`;
  picture.decoding = 'async';
  picture.loading = 'lazy';
  return element('figure', '', picture, caption);
}

function card(sample) {
  const link = element('a', '', sample.id);
  link.href = '#' + encodeURIComponent(sample.id);
  const facts = element('p', 'facts',
    `#${number(sample.index)} in ${page.split}, made by ${sample.dataset}: ` +
    `${counted(sample.images.length, 'image')}, ` +
    `${counted(sample.turns.length, 'round')}, ` +
    `${counted(sample.textTokens, 'text token')} (${number(sample.trainedTokens)} trained), ` +
    `${number(sample.sequenceTokens)} positions `);
  const node = element('article', '', element('h2', '', link), facts);
  node.id = sample.id;
  node.tabIndex = -1;
  for (const source of sample.sources) node.append(ofSource(element('span', 'chip', source), source), ' ');

  let shown = 0;
  sample.turns.forEach((turn, index) => {
    const title = element('h3', '', `Round ${index + 1} from ${turn.source}, ${turn.record}`);
    const round = ofSource(element('section', 'round', title), turn.source);
    if (turn.images > 0) {
      const images = element('div', 'images');
      for (let image = 0; image < turn.images; image++, shown++) images.append(figure(sample.images[shown], shown + 1));
      round.append(images);
    }

    round.append(element('p', 'bubble question', turn.question), element('p', 'bubble answer', turn.answer));
    node.append(round);
  });
  return node;
}

const cards = page.samples.map(sample => ({
  sample,
  node: card(sample),
  text: [
    sample.id,
    ...sample.images.map(image => image.path),
    ...sample.turns.flatMap(turn => [turn.question, turn.answer, turn.record]),
  ].join('\n').toLowerCase(),
}));
byId('samples').append(...cards.map(entry => entry.node));

const chips = page.sources.map(source => {
  const samples = page.samples.filter(sample => sample.sources.includes(source)).length;
  const chip = ofSource(element('button', 'chip', source, element('span', '', ` ${number(samples)}`)), source);
  chip.type = 'button';
  chip.ariaPressed = 'false';
  chip.addEventListener('click', () => {
    chip.ariaPressed = String(chip.ariaPressed !== 'true');
    filter();
  });
  return { source, chip };
});
byId('sources').append(...chips.map(entry => entry.chip));

// Places beyond this many are not marked: a page of one letter's places is slow and tells nothing.
const mostFound = 5000;
let found = [];
let foundAt = -1;

function find(words) {
  found = [];
  foundAt = -1;
  for (const { node } of cards) {
    if (node.hidden || words.length === 0 || found.length >= mostFound) continue;
    const texts = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const text = texts.currentNode.data.toLowerCase();
      // A letter whose lower case is longer would shift every place after it.
      if (text.length !== texts.currentNode.length) continue;
      for (const word of words) {
        for (let at = text.indexOf(word); at >= 0; at = text.indexOf(word, at + word.length)) {
          const range = new Range();
          range.setStart(texts.currentNode, at);
          range.setEnd(texts.currentNode, at + word.length);
          found.push(range);
        }
      }
    }
  }
  CSS.highlights?.set('found', new Highlight(...found.slice(0, mostFound)));
}

function stepFound(direction) {
  if (found.length === 0) return;
  foundAt = (foundAt + direction + found.length) % found.length;
  found[foundAt].startContainer.parentElement.scrollIntoView({ block: 'center', behavior: 'instant' });
  CSS.highlights?.set('current', new Highlight(found[foundAt]));
}

function filter() {
  const words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
  const wanted = chips.filter(entry => entry.chip.ariaPressed === 'true').map(entry => entry.source);
  let shown = 0;
  for (const { sample, node, text } of cards) {
    node.hidden = !words.every(word => text.includes(word))
      || (wanted.length > 0 && !wanted.some(source => sample.sources.includes(source)));
    if (!node.hidden) shown++;
  }
  const part = shown === cards.length ? '' : `${number(shown)} of `;
  byId('count').textContent = part + counted(cards.length, 'sample')
    + (page.total > cards.length ? ` (of ${number(page.total)} in ${page.split})` : '');
  byId('nothing').hidden = shown > 0;
  CSS.highlights?.delete('current');
  find(words);
}

function clear() {
  search.value = '';
  for (const { chip } of chips) chip.ariaPressed = 'false';
  filter();
}

function step(direction) {
  const visible = cards.map(entry => entry.node).filter(node => !node.hidden);
  const top = document.querySelector('header').offsetHeight + 24;
  const current = visible.includes(document.activeElement)
    ? visible.indexOf(document.activeElement)
    : visible.findLastIndex(node => node.getBoundingClientRect().top <= top);
  const next = visible[Math.min(Math.max(current + direction, 0), visible.length - 1)];
  if (!next) return;
  next.focus({ preventScroll: true });
  next.scrollIntoView({ behavior: 'instant' });
}

let pending = 0;
search.addEventListener('input', () => {
  clearTimeout(pending);
  pending = setTimeout(filter, 120);
});
byId('clear').addEventListener('click', clear);
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key === 'Escape' && search.value !== '') {
    search.value = '';
    filter();
  } else if (document.activeElement === search) {
    if (event.key === 'Escape') search.blur();
    if (event.key === 'Enter') stepFound(event.shiftKey ? -1 : 1);
    return;
  } else if (event.key === '/') {
    search.focus();
    search.select();
  } else if (event.key === 'j') {
    step(1);
  } else if (event.key === 'k') {
    step(-1);
  } else {
    return;
  }
  event.preventDefault();
});

function goToAnchor() {
  const id = decodeURIComponent(location.hash.slice(1));
  const node = id && byId(id);
  if (!node) return;
  if (node.hidden) clear();
  node.scrollIntoView({ behavior: 'instant' });
}

new ResizeObserver(() => {
  const height = document.querySelector('header').offsetHeight + 12;
  document.documentElement.style.setProperty('--header', `${height}px`);
}).observe(document.querySelector('header'));
window.addEventListener('hashchange', goToAnchor);
filter();
goToAnchor();
