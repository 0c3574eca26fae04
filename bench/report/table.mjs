/** The figures as lines for the terminal. */
import { readGoal } from './spread.mjs';

const COLUMNS = [14, 18, 31, 31, 24, 10];

/** Three digits, thousands apart. */
export function number(value) {
  if (value === 0) return '0';
  const digits = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return value.toLocaleString('en-US', { maximumFractionDigits: Math.min(digits, 4) });
}

export function spread(values, unit = '') {
  if (values === undefined) return '-';
  const { median, min, max } = values;
  return `${number(median)}${unit && ` ${unit}`} (${number(min)} to ${number(max)})`;
}

export function goalText({ goal, unit }) {
  const read = readGoal(goal);
  if (read === undefined) return '-';
  return `${read.isFloor ? '≥' : '≤'} ${number(read.bound)} ${read.of === 'ratio' ? '×' : unit}`.trimEnd();
}

const line = (cells) =>
  cells
    .map((cell, index) => cell.padEnd(COLUMNS[index]))
    .join(' ')
    .trimEnd();

export const header = () => line(['measure', 'figure', 'ours', 'peer', 'ratio', 'goal']);

/** The lines of one measure, as it is in the file. */
export function linesOf({ name, figures, error }) {
  if (error !== undefined) return [`${name.padEnd(COLUMNS[0])} FAILED: ${error}`];
  return Object.entries(figures).map(([figureName, figure], index) =>
    line([
      index === 0 ? name : '',
      figureName,
      spread(figure.ours, figure.unit),
      spread(figure.peer, figure.unit),
      spread(figure.ratio),
      `${goalText(figure)}${figure.met === undefined ? '' : figure.met ? '  kept' : '  MISSED'}`,
    ]),
  );
}
