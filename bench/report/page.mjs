/** The table in docs/PERFORMANCE.md, between its two marks: the page says what the file of the day says. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { goalText, spread } from './table.mjs';

const PAGE = fileURLToPath(new URL('../../docs/PERFORMANCE.md', import.meta.url));
const [FROM, TO] = ['<!-- figures -->', '<!-- end of figures -->'];

const row = (cells) => `| ${cells.join(' | ')} |`;

function rowsOf({ name, what, peer, rounds, figures }) {
  return Object.entries(figures).map(([figureName, figure], index) =>
    row([
      index === 0 ? `**${name}**: ${what}${peer === null ? '' : `; beside it: ${peer}`}` : '',
      figureName,
      spread(figure.ours, figure.unit),
      spread(figure.peer, figure.unit),
      spread(figure.ratio),
      goalText(figure),
      figure.met === undefined ? '' : figure.met ? 'kept' : '**missed**',
      String(rounds),
    ]),
  );
}

function tableOf({ machine, measures }) {
  const { cores, cpu, memoryGiB, system, node, redis } = machine;
  const days = [...new Set(measures.map(({ at }) => at.slice(0, 10)))].sort().join(', ');
  return [
    `Measured ${days} on ${cores} cores (${cpu}), ${memoryGiB} GiB, ${system}, Node ${node}, Redis ${redis}. Each figure is the median over the rounds, with the least and the most.`,
    '',
    row(['what', 'figure', 'ours', 'beside it', 'ratio', 'goal', '', 'rounds']),
    row(Array.from({ length: 8 }, () => '---')),
    ...measures.flatMap(rowsOf),
  ].join('\n');
}

/** @param {{ machine: any, measures: any[] }} content of the file of a day */
export async function fill(content) {
  const page = readFileSync(PAGE, 'utf8');
  const [from, to] = [page.indexOf(FROM), page.indexOf(TO)];
  if (from === -1 || to < from) throw new Error(`docs/PERFORMANCE.md lacks ${FROM} or ${TO}`);
  const filled = `${page.slice(0, from + FROM.length)}\n\n${tableOf(content)}\n\n${page.slice(to)}`;
  writeFileSync(PAGE, await format(filled, { ...(await resolveConfig(PAGE)), filepath: PAGE }));
}
