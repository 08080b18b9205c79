'use strict';

// Every text enters the page as a text node, never as markup.
const page = JSON.parse(document.getElementById('data').textContent);
const byId = id => document.getElementById(id);
const svgNamespace = document.querySelector('svg').namespaceURI;
const margin = { left: 58, right: 12, top: 10, bottom: 34 };
const whole = value => value.toLocaleString('en');

function number(value) {
  if (value === null) return 'none';
  const size = Math.abs(value);
  if (size >= 1000) return whole(Math.round(value));
  return size !== 0 && size < 0.001 ? Number(value.toPrecision(3)).toExponential() : String(Number(value.toPrecision(4)));
}

function element(name, className, ...children) {
  const node = document.createElement(name);
  if (className) node.className = className;
  node.append(...children);
  return node;
}

function shape(name, className, attributes, ...children) {
  const node = document.createElementNS(svgNamespace, name);
  if (className) node.setAttribute('class', className);
  for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
  node.append(...children);
  return node;
}

function niceTicks(low, high, most) {
  const rough = (high - low) / Math.max(1, most);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map(factor => factor * power).find(candidate => candidate >= rough * 0.999);
  const ticks = [];
  for (let index = Math.ceil(low / step - 1e-9); index * step <= high + step * 1e-9; index++) ticks.push(Number((index * step).toPrecision(12)));
  return ticks;
}

function logarithmicTicks(low, high) {
  const factors = Math.log10(high / low) > 3 ? [1] : [1, 2, 5];
  const ticks = [];
  for (let power = Math.floor(Math.log10(low)); power <= Math.ceil(Math.log10(high)); power++) {
    for (const factor of factors) {
      const tick = Number((factor * 10 ** power).toPrecision(3));
      if (tick >= low && tick <= high) ticks.push(tick);
    }
  }
  return ticks;
}

// The first of the sorted values that is at least the one wanted, or the last.
function indexOf(sorted, wanted) {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] < wanted) low = middle + 1;
    else high = middle;
  }
  return low;
}

const hasSteps = page.charts[0].last.length > 0;
const lastStep = Math.max(1, ...page.evaluations.map(evaluation => evaluation.step), ...page.charts[0].last.slice(-1));

class Chart {
  constructor(data, index) {
    this.data = data;
    this.isLoss = index === 0;
    this.evaluations = this.isLoss ? page.evaluations.filter(evaluation => evaluation.loss !== null) : [];
    this.values = element('div', 'values');
    const unit = [data.unit, data.logarithmic ? 'logarithmic' : ''].filter(Boolean).join(', ');
    this.node = element('figure', '', element('figcaption', '', element('h2', '', data.title), element('span', 'unit', unit), this.legend()), this.values);
    this.best = this.evaluations.findLast(evaluation => evaluation.best);
    this.setRange();
  }

  legend() {
    const legend = element('div', 'legend');
    if (!hasSteps) return legend;
    if (this.data.title !== 'Learning rate') legend.append(element('span', 'band', 'every update'), element('span', '', 'smoothed'));
    if (this.evaluations.length > 0) legend.append(element('span', 'evaluation', 'evaluation'), element('span', 'best', 'best'));
    if (this.isLoss && page.skipped.length > 0) legend.append(element('span', 'skip', 'skipped'));
    return legend;
  }

  setRange() {
    const values = [...this.data.low, ...this.data.high, ...this.data.line, ...this.evaluations.map(evaluation => evaluation.loss)]
      .filter(value => value !== null);
    let low = values.reduce((least, value) => Math.min(least, value), Infinity);
    let high = values.reduce((most, value) => Math.max(most, value), -Infinity);
    if (low > high) [low, high] = [0, 1];
    if (this.data.logarithmic && low > 0) {
      const margins = (high / low) ** 0.04;
      [this.low, this.high, this.isLogarithmic] = [low / margins, high * margins, true];
      return;
    }
    if (this.data.fromZero) low = Math.min(low, 0);
    const margins = (high - low || Math.abs(high) || 1) * 0.05;
    [this.low, this.high] = [this.data.fromZero ? low : low - margins, high + margins];
  }

  draw() {
    const width = Math.max(200, this.node.clientWidth - 2 * parseFloat(getComputedStyle(this.node).paddingLeft));
    const height = this.isLoss ? Math.min(360, Math.max(220, width * 0.45)) : 180;
    const x = step => margin.left + (width - margin.left - margin.right) * step / lastStep;
    const scale = this.isLogarithmic ? Math.log : value => value;
    const y = value => height - margin.bottom
      - (height - margin.top - margin.bottom) * (scale(value) - scale(this.low)) / (scale(this.high) - scale(this.low));
    [this.x, this.y] = [x, y];
    const svg = shape('svg', '', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': this.summary() });

    const ticks = this.isLogarithmic ? logarithmicTicks(this.low, this.high) : [];
    for (const tick of ticks.length > 1 ? ticks : niceTicks(this.low, this.high, height / 45)) {
      svg.append(
        shape('line', 'grid', { x1: margin.left, x2: width - margin.right, y1: y(tick), y2: y(tick) }),
        shape('text', '', { x: margin.left - 8, y: y(tick) + 4, 'text-anchor': 'end' }, number(tick)));
    }
    for (const tick of niceTicks(0, lastStep, width / 110).filter(Number.isInteger)) {
      svg.append(
        shape('line', 'grid', { x1: x(tick), x2: x(tick), y1: height - margin.bottom, y2: height - margin.bottom + 5 }),
        shape('text', '', { x: x(tick), y: height - margin.bottom + 18, 'text-anchor': tick > lastStep * 0.97 ? 'end' : 'middle' }, whole(tick)));
    }
    svg.append(shape('text', '', { x: (width + margin.left) / 2, y: height - 3, 'text-anchor': 'middle' }, 'update'));

    const { first, last, low, high, line } = this.data;
    const there = last.map((_, index) => index).filter(index => low[index] !== null);
    if (this.data.title !== 'Learning rate' && there.length > 0) {
      const upper = there.map(index => `${x(last[index]).toFixed(1)},${y(high[index]).toFixed(1)}`);
      const lower = there.toReversed().map(index => `${x(last[index]).toFixed(1)},${y(low[index]).toFixed(1)}`);
      svg.append(shape('polygon', 'band', { points: [...upper, ...lower].join(' ') }));
    }
    svg.append(shape('polyline', 'line', {
      points: last.map((_, index) => index).filter(index => line[index] !== null)
        .map(index => `${x(last[index]).toFixed(1)},${y(line[index]).toFixed(1)}`).join(' '),
    }));
    if (this.isLoss) {
      for (const skip of page.skipped)
        svg.append(shape('line', 'skip', { x1: x(skip.step), x2: x(skip.step), y1: height - margin.bottom - 9, y2: height - margin.bottom }));
      svg.append(shape('polyline', 'evaluations', {
        points: this.evaluations.map(evaluation => `${x(evaluation.step).toFixed(1)},${y(evaluation.loss).toFixed(1)}`).join(' '),
      }));
      for (const evaluation of this.evaluations)
        svg.append(shape('circle', evaluation === this.best ? 'best' : '', { cx: x(evaluation.step), cy: y(evaluation.loss), r: evaluation === this.best ? 5 : 3 }));
    }

    this.cursor = shape('line', 'cursor', { y1: margin.top, y2: height - margin.bottom, visibility: 'hidden' });
    svg.append(this.cursor);
    svg.addEventListener('pointermove', event => {
      const inside = (event.clientX - svg.getBoundingClientRect().left - margin.left) / (width - margin.left - margin.right);
      moveTo(indexOf(last, Math.round(inside * lastStep)));
    });
    this.svg?.remove();
    this.svg = svg;
    this.node.append(svg);
  }

  summary() {
    const at = this.data.last.length - 1;
    return at < 0 ? this.data.title : `${this.data.title}: ${number(this.data.line[0])} at first, ${number(this.data.line[at])} at update ${whole(this.data.last[at])}`;
  }

  show(at) {
    const { first, last, low, high, line } = this.data;
    this.cursor.setAttribute('visibility', 'visible');
    this.cursor.setAttribute('x1', this.x(last[at]));
    this.cursor.setAttribute('x2', this.x(last[at]));
    const isOne = first[at] === last[at];
    const parts = [`${isOne ? 'update' : 'updates'} ${isOne ? '' : `${whole(first[at])} to `}${whole(last[at])}: `];
    if (this.data.title === 'Learning rate') {
      parts.push(number(line[at]));
    } else {
      const range = number(low[at]) === number(high[at]) ? number(high[at]) : `${number(low[at])} to ${number(high[at])}`;
      parts.push(range, ', smoothed ', element('b', '', number(line[at])));
    }
    const evaluation = this.evaluations.findLast(candidate => candidate.step <= last[at]);
    if (evaluation) parts.push(`; evaluation ${number(evaluation.loss)} at ${whole(evaluation.step)}`);
    this.values.replaceChildren(...parts);
  }
}

for (const [name, value] of page.facts) byId('facts').append(element('div', '', element('dt', '', name), element('dd', '', value)));

const charts = page.charts.map((data, index) => new Chart(data, index));
const shown = charts.filter(chart => hasSteps || chart.isLoss);
let at = -1;

function moveTo(index) {
  if (!hasSteps) return;
  at = Math.min(Math.max(index, 0), page.charts[0].last.length - 1);
  for (const chart of shown) chart.show(at);
}

let drawnWidth = 0;

function draw() {
  const width = byId('charts').clientWidth;
  if (width === drawnWidth) return;
  drawnWidth = width;
  for (const chart of shown) chart.draw();
  moveTo(at < 0 ? Infinity : at);
}

if (hasSteps || page.evaluations.length > 0) {
  byId('charts').append(...shown.map(chart => chart.node));
  byId('charts').addEventListener('keydown', event => {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves)) return;
    moveTo(at + moves[event.key]);
    event.preventDefault();
  });
  // A first call comes with the first layout.
  new ResizeObserver(() => requestAnimationFrame(draw)).observe(byId('charts'));
} else {
  byId('nothing').hidden = false;
}

function fill(id, rows) {
  byId(id).hidden = rows.length === 0;
  byId(id).querySelector('tbody').append(...rows);
}

const cells = (...texts) => texts.map(text => element('td', '', text));
fill('evaluations', page.evaluations.map(evaluation => element('tr', evaluation === charts[0].best ? 'best' : '', ...cells(
  whole(evaluation.step), evaluation.loss?.toFixed(4) ?? 'none', evaluation.loss === null ? '' : number(Math.exp(evaluation.loss)),
  whole(evaluation.samples), whole(evaluation.labels), evaluation === charts[0].best ? 'best' : ''))));
fill('skipped', page.skipped.map(skip => element('tr', '', element('td', '', whole(skip.step)), element('td', 'text', skip.reason))));
byId('recipe').textContent = page.recipe;
