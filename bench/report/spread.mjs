/** From the rounds of a measure to its figures: median, least and most of ours, of the peer's and of their ratio, and whether the median keeps to the goal. */

function spreadOf(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  const median = (sorted[Math.ceil(middle) - 1] + sorted[Math.floor(middle)]) / 2;
  return { median: brief(median), min: brief(sorted[0]), max: brief(sorted.at(-1)) };
}

/** Four digits say all that a timing can say. */
const brief = (value) => Number(value.toPrecision(4));

/** Which numbers a goal speaks of, which way is better, and where it lies. */
export function readGoal(goal = {}) {
  const [[name, bound] = []] = Object.entries(goal);
  if (name === undefined) return undefined;
  return {
    of: name.startsWith('ratio') ? 'ratio' : 'ours',
    isFloor: name.toLowerCase().endsWith('atleast'),
    bound,
  };
}

function isMet(figure) {
  const goal = readGoal(figure.goal);
  if (goal === undefined) return undefined;
  const { median } = figure[goal.of];
  return goal.isFloor ? median >= goal.bound : median <= goal.bound;
}

/**
 * @param {{ unit: string, goal?: Record<string, number> }} declared
 * @param {{ ours: number, peer?: number }[]} rounds
 */
export function figureOf({ unit, goal }, rounds) {
  const figure = { unit, goal, ours: spreadOf(rounds.map(({ ours }) => ours)) };
  if (rounds.every(({ peer }) => peer !== undefined)) {
    figure.peer = spreadOf(rounds.map(({ peer }) => peer));
    figure.ratio = spreadOf(rounds.map(({ ours, peer }) => ours / peer));
  }
  return { ...figure, met: isMet(figure) };
}
