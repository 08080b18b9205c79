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
    const values = [...data.low, ...data.high, ...data.line, ...this.evaluations.map(evaluation => evaluation.loss)];
    this.axes = new Axes('update', lastStep, values, { fromZero: data.fromZero, isLogarithmic: data.logarithmic });
  }

  legend() {
    const legend = element('div', 'legend');
    if (!hasSteps) return legend;
    if (this.data.title !== 'Learning rate') legend.append(element('span', 'band', 'every update'), element('span', '', 'smoothed'));
    if (this.evaluations.length > 0) legend.append(element('span', 'evaluation', 'evaluation'), element('span', 'best', 'best'));
    if (this.isLoss && page.skipped.length > 0) legend.append(element('span', 'skip', 'skipped'));
    return legend;
  }

  draw() {
    const axes = this.axes;
    const height = width => this.isLoss ? Math.min(360, Math.max(220, width * 0.45)) : 180;
    const { last, low, high, line } = this.data;
    const svg = axes.draw(this.node, height, this.summary(), x => moveTo(indexOf(last, Math.round(x))));
    if (this.data.title !== 'Learning rate') {
      const upper = axes.points(last.map((step, index) => [step, high[index]]));
      const lower = axes.points(last.map((step, index) => [step, low[index]])).toReversed();
      if (upper.length > 0) svg.append(shape('polygon', 'band', { points: [...upper, ...lower].join(' ') }));
    }
    svg.append(shape('polyline', 'line', { points: axes.points(last.map((step, index) => [step, line[index]])).join(' ') }));
    if (this.isLoss) {
      for (const skip of page.skipped)
        svg.append(shape('line', 'skip', { x1: axes.x(skip.step), x2: axes.x(skip.step), y1: axes.bottom - 9, y2: axes.bottom }));
      svg.append(shape('polyline', 'evaluations', { points: axes.points(this.evaluations.map(evaluation => [evaluation.step, evaluation.loss])).join(' ') }));
      for (const evaluation of this.evaluations)
        svg.append(shape('circle', evaluation === this.best ? 'best' : '', { cx: axes.x(evaluation.step), cy: axes.y(evaluation.loss), r: evaluation === this.best ? 5 : 3 }));
    }
    svg.append(axes.cursor);
  }

  summary() {
    const at = this.data.last.length - 1;
    return at < 0 ? this.data.title : `${this.data.title}: ${number(this.data.line[0])} at first, ${number(this.data.line[at])} at update ${whole(this.data.last[at])}`;
  }

  show(at) {
    const { first, last, low, high, line } = this.data;
    this.axes.pointAt(last[at]);
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

const charts = page.charts.map((data, index) => new Chart(data, index));
const shown = charts.filter(chart => hasSteps || chart.isLoss);
let at = -1;

function moveTo(index) {
  if (!hasSteps) return;
  at = Math.min(Math.max(index, 0), page.charts[0].last.length - 1);
  for (const chart of shown) chart.show(at);
}

if (hasSteps || page.evaluations.length > 0) {
  byId('charts').append(...shown.map(chart => chart.node));
  onArrows(byId('charts'), move => moveTo(at + move));
  whenSized(byId('charts'), () => {
    for (const chart of shown) chart.draw();
    moveTo(at < 0 ? Infinity : at);
  });
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
