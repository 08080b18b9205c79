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

// The axes of a chart: x from 0 to the last, y over the values.
class Axes {
  constructor(name, last, values, { fromZero = false, isLogarithmic = false, format = number } = {}) {
    [this.name, this.last, this.format] = [name, last, format];
    const there = values.filter(value => value !== null);
    let low = there.reduce((least, value) => Math.min(least, value), Infinity);
    let high = there.reduce((most, value) => Math.max(most, value), -Infinity);
    if (low > high) [low, high] = [0, 1];
    if (isLogarithmic && low > 0) {
      const margins = (high / low) ** 0.04;
      [this.low, this.high, this.isLogarithmic] = [low / margins, high * margins, true];
      return;
    }
    if (fromZero) low = Math.min(low, 0);
    const margins = (high - low || Math.abs(high) || 1) * 0.05;
    [this.low, this.high] = [fromZero ? low : low - margins, high + margins];
  }

  // A picture with the grid, in place of the figure's earlier one; move(x) is told where the pointer is.
  draw(figure, heightOf, summary, move) {
    const width = Math.max(200, figure.clientWidth - 2 * parseFloat(getComputedStyle(figure).paddingLeft));
    const height = heightOf(width);
    const scale = this.isLogarithmic ? Math.log : value => value;
    this.x = value => margin.left + (width - margin.left - margin.right) * value / this.last;
    this.y = value => height - margin.bottom
      - (height - margin.top - margin.bottom) * (scale(value) - scale(this.low)) / (scale(this.high) - scale(this.low));
    this.bottom = height - margin.bottom;
    const svg = shape('svg', '', { viewBox: `0 0 ${width} ${height}`, height, role: 'img', 'aria-label': summary });

    const ticks = this.isLogarithmic ? logarithmicTicks(this.low, this.high) : [];
    for (const tick of ticks.length > 1 ? ticks : niceTicks(this.low, this.high, height / 45)) {
      svg.append(
        shape('line', 'grid', { x1: margin.left, x2: width - margin.right, y1: this.y(tick), y2: this.y(tick) }),
        shape('text', '', { x: margin.left - 8, y: this.y(tick) + 4, 'text-anchor': 'end' }, this.format(tick)));
    }
    for (const tick of niceTicks(0, this.last, width / 110).filter(Number.isInteger)) {
      svg.append(
        shape('line', 'grid', { x1: this.x(tick), x2: this.x(tick), y1: this.bottom, y2: this.bottom + 5 }),
        shape('text', '', { x: this.x(tick), y: this.bottom + 18, 'text-anchor': tick > this.last * 0.97 ? 'end' : 'middle' }, whole(tick)));
    }
    svg.append(shape('text', '', { x: (width + margin.left) / 2, y: height - 3, 'text-anchor': 'middle' }, this.name));
    this.cursor = shape('line', 'cursor', { y1: margin.top, y2: this.bottom, visibility: 'hidden' });
    svg.addEventListener('pointermove', event => {
      const inside = (event.clientX - svg.getBoundingClientRect().left - margin.left) / (width - margin.left - margin.right);
      move(inside * this.last);
    });
    figure.querySelector(':scope > svg')?.remove();
    figure.append(svg);
    return svg;
  }

  // Points of a line or an area; none where a value is null.
  points(places) {
    return places.filter(([, value]) => value !== null).map(([at, value]) => `${this.x(at).toFixed(1)},${this.y(value).toFixed(1)}`);
  }

  pointAt(at) {
    this.cursor.setAttribute('visibility', 'visible');
    this.cursor.setAttribute('x1', this.x(at));
    this.cursor.setAttribute('x2', this.x(at));
  }
}

// Calls when the node has a width, and when that changes.
function whenSized(node, draw) {
  let drawn = 0;
  new ResizeObserver(() => requestAnimationFrame(() => {
    if (node.clientWidth === drawn) return;
    drawn = node.clientWidth;
    draw();
  })).observe(node);
}

// The arrow keys of a group of charts: how far to go.
function onArrows(node, move) {
  node.addEventListener('keydown', event => {
    const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -20, PageDown: 20, Home: -Infinity, End: Infinity };
    if (event.ctrlKey || event.metaKey || event.altKey || !(event.key in moves)) return;
    move(moves[event.key]);
    event.preventDefault();
  });
}

for (const [name, value] of page.facts) byId('facts').append(element('div', '', element('dt', '', name), element('dd', '', value)));
