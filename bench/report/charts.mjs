/** The charts of docs/PERFORMANCE.md: every goal with what was measured against it, and how figures grow. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readGoal } from './spread.mjs';
import { circle, line, path, rect, svg, text } from './svg.mjs';
import { goalText, number } from './table.mjs';

const CHARTS = fileURLToPath(new URL('../../docs/performance/', import.meta.url));
const WIDTH = 820;

/** Bars so that longer is better and the line is the goal; three goals long at most, since more is not more. */
export function goalsChart(measures) {
  const [left, barWidth, rowHeight, top, most] = [170, 400, 28, 70, 3];
  const rows = measures.flatMap(({ name, figures = {} }) =>
    Object.entries(figures)
      .filter(([, { goal }]) => goal !== undefined && !Object.values(goal).includes(0))
      .map(([figureName, figure]) => ({ label: `${name} ${figureName}`, figure })),
  );
  const x = (share) => left + (Math.min(share, most) / most) * barWidth;
  const bottom = top + rows.length * rowHeight;
  const parts = [
    text(16, 28, 'Measured against the goals', 'title'),
    text(
      16,
      48,
      'Longer is better; the dashed line is the goal; whiskers are the worst and the best round.',
      'quiet',
    ),
  ];
  for (const [index, { label, figure }] of rows.entries()) {
    const { of, isFloor, bound } = readGoal(figure.goal);
    const share = (value) => (isFloor ? value / bound : value > 0 ? bound / value : most);
    const { median, min, max } = figure[of];
    const y = top + index * rowHeight;
    const middle = y + 10;
    parts.push(
      text(left - 10, y + 14, label, 'end'),
      rect(left, y, x(share(median)) - left, 20, figure.met ? 'good' : 'bad'),
      line(x(share(min)), middle, x(share(max)), middle, 'whisker'),
      text(
        left + barWidth + 14,
        y + 14,
        `${number(median)} ${of === 'ratio' ? '×' : figure.unit}  (goal ${goalText(figure)})`,
        'quiet',
      ),
    );
  }
  parts.push(line(x(1), top - 8, x(1), bottom, 'goal'));
  return svg(WIDTH, bottom + 16, 'Measured against the goals', parts);
}

const TICKS = 4;

/** A round number not below. */
function ceiling(value) {
  const power = 10 ** Math.floor(Math.log10(value));
  return [1, 2, 4, 5, 8, 10].map((step) => step * power).find((step) => step >= value) ?? value;
}

/** One panel: a curve over a logarithmic axis, from zero up. */
function panel(left, { title, unit, points }, width, height) {
  const [bottom, from, to] = [86 + height, left + 52, left + width - 8];
  const xs = points.map(([at]) => Math.log10(at));
  const highest = ceiling(Math.max(...points.map(([, value]) => value)));
  const inset = 22;
  const x = (at) => from + inset + ((Math.log10(at) - xs[0]) / (xs.at(-1) - xs[0])) * (to - from - 2 * inset);
  const y = (value) => bottom - (value / highest) * height;
  const grid = Array.from({ length: TICKS + 1 }, (_, tick) => (highest * tick) / TICKS);
  return [
    text(left + 16, 70, `${title}, ${unit}`),
    ...grid.flatMap((value) => [
      line(from, y(value), to, y(value), 'grid'),
      text(from - 6, y(value) + 4, number(value), 'quiet end'),
    ]),
    ...points.map(([at]) => text(x(at), bottom + 20, number(at), 'quiet middle')),
    path(
      points.map(([at, value]) => [x(at), y(value)]),
      'line',
    ),
    ...points.flatMap(([at, value]) => [
      circle(x(at), y(value), 'dot'),
      text(x(at), y(value) - 8, number(value), 'quiet middle'),
    ]),
  ];
}

/** @param {{ over: string, curves: { title: string, unit: string, points: [number, number][] }[] }} growth */
export function growthChart({ over, curves }) {
  const width = WIDTH / curves.length;
  const title = `As the number of ${over} grows`;
  const parts = curves.flatMap((curve, index) => panel(index * width, curve, width, 150));
  return svg(WIDTH, 276, title, [text(16, 28, title, 'title'), ...parts]);
}

/** Writes all charts that there is something for; gives their names. */
export function draw({ measures, growth = [] }) {
  mkdirSync(CHARTS, { recursive: true });
  const charts = {
    'goals.svg': goalsChart(measures),
    ...Object.fromEntries(growth.map((one) => [`growth-${one.name}.svg`, growthChart(one)])),
  };
  for (const [name, chart] of Object.entries(charts)) writeFileSync(join(CHARTS, name), chart);
  return Object.keys(charts);
}
