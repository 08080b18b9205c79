const percent = share => share === null ? 'none' : `${(100 * share).toFixed(1)} %`;
const loss = value => value === null ? 'none' : value.toFixed(4);
const gigabytes = bytes => bytes === null ? '' : `${(bytes / 1e9).toFixed(2)} GB`;

function time(seconds) {
  if (seconds === null) return '';
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

// A mean, and how far the seeds lie from it.
function spread(figure, format) {
  if (figure.mean === null) return '';
  const mean = format(figure.mean);
  if (figure.deviation === null) return mean;
  const deviation = format(figure.deviation);
  const unit = mean.match(/ \D+$/)?.[0] ?? '';
  return unit && deviation.endsWith(unit) ? `${mean.slice(0, -unit.length)} ± ${deviation}` : `${mean} ± ${deviation}`;
}

const colors = 8;
const colorOf = variant => `v${variant % colors}`;
const lineOf = variant => Math.floor(variant / 4) % 2 === 0 ? 'line' : 'line dashed';

function mark(variant, x, y, size) {
  const points = [
    () => shape('circle', 'mark', { cx: x, cy: y, r: size }),
    () => shape('rect', 'mark', { x: x - size, y: y - size, width: 2 * size, height: 2 * size }),
    () => shape('polygon', 'mark', { points: `${x},${y - 1.3 * size} ${x + 1.3 * size},${y + size} ${x - 1.3 * size},${y + size}` }),
    () => shape('polygon', 'mark', { points: `${x},${y - 1.4 * size} ${x + 1.4 * size},${y} ${x},${y + 1.4 * size} ${x - 1.4 * size},${y}` }),
  ];
  return points[variant % points.length]();
}

// A variant's line and mark, and its name.
function key(variant, ...more) {
  const sample = shape('svg', '', { viewBox: '0 0 30 12', 'aria-hidden': 'true' },
    shape('line', lineOf(variant), { x1: 1, x2: 29, y1: 6, y2: 6 }), mark(variant, 15, 6, 3.5));
  return element('span', `key ${colorOf(variant)}`, sample, element('span', '', page.variants[variant].label, ...more));
}

const cell = (text, className) => element('td', className ?? '', text);

function fill(id, headings, rows) {
  const head = element('tr', '');
  for (const [heading, className] of headings) head.append(element('th', className ?? '', heading));
  byId(id).querySelector('thead').append(head);
  byId(id).querySelector('tbody').append(...rows.map(cells => element('tr', '', ...cells)));
}

const hasQuestions = page.charts.some(chart => chart.title === 'Held-out questions right');
const hasCommon = page.commonLoss !== null;

// The best mean of all variants, which is shown in bold: the lowest, or the highest.
function bestOf(name, isLow) {
  const means = page.variants.map(variant => variant[name].mean).filter(mean => mean !== null);
  return means.length < 2 ? null : (isLow ? Math.min : Math.max)(...means);
}

function figureCells(name, format, isLow) {
  const best = isLow === undefined ? null : bestOf(name, isLow);
  return page.variants.map(variant => cell(spread(variant[name], format), best !== null && variant[name].mean === best ? 'best' : ''));
}

const columns = [
  ['evaluation loss', figureCells('loss', loss, true)],
  ['lowest', figureCells('lowest', loss, true)],
  ['tokens right', figureCells('tokens', percent, false)],
  ...hasQuestions ? [['questions right', figureCells('right', percent, false)]] : [],
  ...hasCommon ? [[`samples to ${loss(page.commonLoss)}`, figureCells('samplesUntil', value => whole(Math.round(value)), true)]] : [],
  ['numbers trained', page.variants.map(variant => cell(variant.trained === null ? '' : whole(variant.trained)))],
  ['time', figureCells('seconds', time)],
  ['memory', figureCells('memory', gigabytes)],
  ['finished', page.variants.map(variant => cell(`${variant.finished} of ${page.seeds}${variant.diverged > 0 ? `, ${variant.diverged} diverged` : ''}`))],
];
fill('results', [['variant', 'text'], ...columns.map(([heading]) => [heading])],
  page.variants.map((_, variant) => [element('td', 'text', key(variant)), ...columns.map(([, cells]) => cells[variant])]));
byId('remark').append([
  page.seeds > 1
    ? '± is the standard deviation over the seeds, which a difference must exceed to mean anything; the best mean is bold.'
    : 'One seed: nothing says how far another would lie from these figures. The best is bold.',
  'Loss: mean over the held-out labels, in nats. Tokens right: the share of these labels that is the likeliest token, given what precedes it.',
  hasQuestions
    ? 'Questions right: answers to held-out questions that are right letter by letter.'
    : 'This data has no held-out questions with one right answer, so there is no share of right answers.',
  hasCommon ? `Samples to ${loss(page.commonLoss)}: after how many samples the loss first was as low as the highest of the last mean losses.` : '',
  'Time: of the updates. Memory: the most that a run took.',
].filter(Boolean).join(' '));

const lastSamples = Math.max(1, ...page.charts.flatMap(chart => chart.lines.flat().map(point => point.samples)));
const stops = [...new Set(page.charts.flatMap(chart => chart.lines.flat().map(point => point.samples)))].sort((a, b) => a - b);

class Chart {
  constructor(data, index) {
    this.data = data;
    this.isLoss = index === 0;
    this.format = this.isLoss ? loss : percent;
    const bounds = data.lines.flat().filter(point => point.mean !== null)
      .flatMap(point => [point.mean - (point.deviation ?? 0), point.mean + (point.deviation ?? 0)]);
    const isLogarithmic = this.isLoss && bounds.length > 0 && Math.min(...bounds) > 0 && Math.max(...bounds) > 10 * Math.min(...bounds);
    const unit = this.isLoss ? `nats a label${isLogarithmic ? ', logarithmic' : ''}` : '';
    this.axes = new Axes('samples', lastSamples, bounds, { isLogarithmic, format: this.isLoss ? number : value => `${Number((100 * value).toFixed(4))} %` });
    const legend = element('div', 'legend', ...page.variants.map((_, variant) => key(variant)));
    this.values = element('div', 'values');
    this.node = element('figure', '', element('figcaption', '', element('h2', '', data.title), element('span', 'unit', unit), legend), this.values);
  }

  draw() {
    const axes = this.axes;
    const svg = axes.draw(this.node, width => Math.min(380, Math.max(230, width * 0.42)), this.summary(), x => moveTo(indexOf(stops, x)));
    this.data.lines.forEach((line, variant) => {
      const wide = line.filter(point => point.mean !== null && point.deviation !== null);
      if (wide.length > 1) {
        const upper = axes.points(wide.map(point => [point.samples, point.mean + point.deviation]));
        const lower = axes.points(wide.map(point => [point.samples, Math.max(point.mean - point.deviation, this.axes.low)])).toReversed();
        svg.append(shape('polygon', `band ${colorOf(variant)}`, { points: [...upper, ...lower].join(' ') }));
      }
    });
    this.data.lines.forEach((line, variant) => {
      const there = line.filter(point => point.mean !== null);
      svg.append(shape('g', colorOf(variant), {},
        shape('polyline', lineOf(variant), { points: axes.points(there.map(point => [point.samples, point.mean])).join(' ') }),
        ...there.map(point => mark(variant, axes.x(point.samples), axes.y(point.mean), there.length > 40 ? 2 : 3.5))));
    });
    svg.append(axes.cursor);
  }

  summary() {
    const last = this.data.lines.map((line, variant) => [page.variants[variant].label, line.findLast(point => point.mean !== null)]);
    return `${this.data.title}, at last: ${last.map(([label, point]) => `${label} ${point ? this.format(point.mean) : 'none'}`).join(', ')}`;
  }

  show(samples) {
    this.axes.pointAt(samples);
    const texts = this.data.lines.map((line, variant) => {
      const point = line.findLast(candidate => candidate.samples <= samples && candidate.mean !== null);
      const some = point && point.count < page.seeds ? ` (${point.count} of ${page.seeds} seeds)` : '';
      return key(variant, ': ', element('b', '', point ? spread(point, this.format) : 'none'), some);
    });
    this.values.replaceChildren(element('span', '', `${whole(samples)} samples`), ...texts);
  }
}

const charts = page.charts.map((data, index) => new Chart(data, index));
let at = -1;

function moveTo(index) {
  at = Math.min(Math.max(index, 0), stops.length - 1);
  for (const chart of charts) chart.show(stops[at]);
}

if (stops.length > 0) {
  byId('charts').append(...charts.map(chart => chart.node));
  onArrows(byId('charts'), move => moveTo(at + move));
  whenSized(byId('charts'), () => {
    for (const chart of charts) chart.draw();
    moveTo(at < 0 ? Infinity : at);
  });
}

byId('numbers').hidden = charts.length === 0;
for (const chart of charts) {
  const head = element('tr', '', element('th', '', 'samples'), ...page.variants.map(variant => element('th', '', variant.label)));
  const rows = stops.map(samples => element('tr', '', cell(whole(samples)), ...chart.data.lines.map(line => {
    const point = line.find(candidate => candidate.samples === samples);
    return cell(point ? spread(point, chart.format) : '');
  })));
  byId('tables').append(element('h3', '', chart.data.title),
    element('div', 'scroll', element('table', '', element('thead', '', head), element('tbody', '', ...rows))));
}

byId('forms').hidden = page.forms.length === 0;
fill('forms', [['form', 'text'], ['asked'], ...page.variants.map(variant => [variant.label]), ['without looking']],
  page.forms.map(form => [cell(form.form, 'text'), cell(whole(form.asked)), ...form.right.map(right => cell(spread(right, percent))), cell(percent(form.blind))]));

function answerOf(answer, variant) {
  const label = element('dt', '', page.variants[variant].label);
  if (answer?.right !== undefined) label.append(element('span', `verdict ${answer.right ? 'right' : 'wrong'}`, answer.right ? '✓ right' : '✗ wrong'));
  return element('div', colorOf(variant), label, element('dd', answer ? '' : 'none', answer ? answer.text || '(no words)' : 'not asked yet'));
}

byId('conversations').hidden = page.conversations.length === 0;
for (const conversation of page.conversations) {
  const article = element('article', '', element('h3', '', conversation.name, element('span', '', conversation.source)));
  for (const round of conversation.rounds) {
    if (round.pictures.length > 0) {
      article.append(element('div', 'pictures', ...round.pictures.map(picture => {
        const image = element('img');
        image.src = page.pictures[picture];
        image.alt = `A picture of ${conversation.name}`;
        image.decoding = 'async';
        image.loading = 'lazy';
        return image;
      })));
    }
    const reference = element('div', '', element('dt', '', round.exact ? 'right answer' : "the data's answer"), element('dd', '', round.expected));
    article.append(element('p', 'question', round.question), element('dl', 'answers', reference, ...round.answers.map(answerOf)));
  }
  byId('conversations').append(article);
}

fill('runs', [['variant', 'text'], ['seed'], ['ending', 'text'], ['updates'], ['loss'], ['tokens right'], ...hasQuestions ? [['questions right']] : [], ['time'], ['memory'], ['folder', 'text'], ['note', 'text']],
  page.runs.map(run => [
    cell(run.variant, 'text'), cell(run.seed), cell(run.ending, 'text'), cell(run.step === null ? '' : whole(run.step)),
    cell(run.step === null ? '' : loss(run.loss)), cell(run.tokens === null ? '' : percent(run.tokens)),
    ...hasQuestions ? [cell(run.right === null ? '' : percent(run.right))] : [],
    cell(time(run.seconds)), cell(gigabytes(run.memory)), cell(run.folder, 'text'), cell(run.note, 'text'),
  ]));
byId('recipe').textContent = page.recipe;
