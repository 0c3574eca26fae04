/** From words of the command line to a command's options; every mistake is a UsageError that says what is expected. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { UsageError } from './exit';

type OptionTable = NonNullable<ParseArgsConfig['options']>;

export interface Words {
  positionals: string[];
  text(name: string): string | undefined;
  is(name: string): boolean;
  /** A number above 0. */
  number(name: string): number | undefined;
}

/** Taken by every command. */
export const COMMON: OptionTable = {
  url: { type: 'string' },
  silence: { type: 'string' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
};

/** @param count the fewest and the most words that the command takes */
export function readWords(
  args: readonly string[],
  options: OptionTable,
  count: readonly [number, number],
): Words {
  const { values, positionals } = parse(args, { ...COMMON, ...options });
  const text = (name: string): string | undefined => {
    const value = values[name];
    return typeof value === 'string' ? value : undefined;
  };
  const words: Words = {
    positionals,
    text,
    is: (name) => values[name] === true,
    number: (name) => {
      const value = text(name);
      if (value === undefined) return undefined;
      const number = Number(value);
      if (!(number > 0)) throw new UsageError(`--${name} takes a number above 0, not ${value}`);
      return number;
    },
  };
  if (!words.is('help')) requireCount(positionals.length, count);
  return words;
}

function parse(
  args: readonly string[],
  options: OptionTable,
): { values: Record<string, unknown>; positionals: string[] } {
  try {
    return parseArgs({ args: [...args], options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function requireCount(given: number, [fewest, most]: readonly [number, number]): void {
  if (given < fewest) throw new UsageError('something is missing');
  if (given > most) throw new UsageError('that is one word too many');
}
