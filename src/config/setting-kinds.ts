/** How the text of a setting becomes a value, which values are right, and how to say so: one kind per shape. */
import {
  IsArray,
  IsBoolean,
  IsIn,
  IsInt,
  IsNumber,
  IsOptional,
  IsString,
  Matches,
  Max,
  Min,
} from 'class-validator';
import { parseRedisUrl } from './redis-url';
import { IsHttpUrl, IsMapOfSeconds, IsMapOfTexts, IsRedisUrl, MatchesEach } from './setting-rules';

export interface Kind {
  /** A noun phrase that ends the sentence `<NAME> is "<value>": expected …`. */
  expected: string;
  /** Text to value. What cannot be parsed is handed on as it is, for the rules to refuse. */
  parse(text: string): unknown;
  /** The class-validator rules of the parsed value. */
  rules: readonly PropertyDecorator[];
  /** What a message may show of a wrong value. Default: all of it, quoted. */
  show?(text: string): string;
  /** What exactly is wrong with a value, where the kind can tell; shows no secret. */
  explain?(text: string): string | null;
}

/** A day: no window of this service makes sense beyond it. */
export const DAY_SEC = 86_400;

interface Bounds {
  min: number;
  max?: number;
}

/** Digits with an optional fraction; underscores between digits are for the eye: `5_242_880`. */
const NUMBER = /^\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?$/;

function parseNumber(text: string): unknown {
  return NUMBER.test(text) ? Number(text.replaceAll('_', '')) : text;
}

function boundsText({ min, max }: Bounds): string {
  return max === undefined ? `of at least ${String(min)}` : `from ${String(min)} to ${String(max)}`;
}

function boundRules({ min, max }: Bounds): PropertyDecorator[] {
  return [Min(min), Max(max ?? Number.MAX_SAFE_INTEGER)];
}

export function wholeNumber(bounds: Bounds): Kind {
  return {
    expected: `a whole number ${boundsText(bounds)}`,
    parse: parseNumber,
    rules: [IsInt(), ...boundRules(bounds)],
  };
}

/** One number out of a few. */
export function oneNumberOf(numbers: readonly number[], what: string): Kind {
  const listed = `${numbers.slice(0, -1).join(', ')} or ${String(numbers.at(-1))}`;
  return { expected: `${what}: ${listed}`, parse: parseNumber, rules: [IsIn([...numbers])] };
}

export function fraction(): Kind {
  return { expected: 'a number from 0 to 1', parse: parseNumber, rules: [IsNumber(), Min(0), Max(1)] };
}

/** A count of bytes. Zero means "no bound" where the minimum is zero. */
export function byteCount(bounds: Bounds): Kind {
  return { ...wholeNumber(bounds), expected: `a whole number of bytes ${boundsText(bounds)}` };
}

/** A span of time in seconds, which may have a fraction. */
export function seconds(bounds: Bounds): Kind {
  return {
    expected: `a number of seconds ${boundsText(bounds)}`,
    parse: parseNumber,
    rules: [IsNumber(), ...boundRules(bounds)],
  };
}

/** A span of time in days, which may have a fraction. */
export function days(bounds: Bounds): Kind {
  return { ...seconds(bounds), expected: `a number of days ${boundsText(bounds)}` };
}

export function textLike(pattern: RegExp, expected: string): Kind {
  return { expected, parse: (text) => text, rules: [IsString(), Matches(pattern)] };
}

/** `true` or `false`, in any case. */
export function yesOrNo(): Kind {
  return {
    expected: 'true or false',
    parse: (text) => ({ true: true, false: false })[text.toLowerCase()] ?? text,
    rules: [IsBoolean()],
  };
}

/** One word out of a few, in any case; the value is what the table maps it to. */
export function oneOf(words: Readonly<Record<string, string>>): Kind {
  const names = Object.keys(words);
  return {
    expected: `one of ${names.join(', ')}`,
    parse: (text) => (Object.hasOwn(words, text.toUpperCase()) ? words[text.toUpperCase()] : text),
    rules: [IsIn(Object.values(words))],
  };
}

/** One word out of a few, in any case; the value is the word. */
export function wordOf(words: readonly string[]): Kind {
  return {
    expected: `one of ${words.join(', ')}`,
    parse: (text) => text.toLowerCase(),
    rules: [IsIn([...words])],
  };
}

/** Comma-separated pieces, each of one shape. Nothing at all is the empty list; nothing but commas is a mistake. */
export function listLike(pattern: RegExp, expected: string): Kind {
  return { expected, parse: parseList, rules: [IsArray(), MatchesEach(pattern)] };
}

function parseList(text: string): unknown {
  const pieces = text
    .split(',')
    .map((piece) => piece.trim())
    .filter((piece) => piece !== '');
  return pieces.length === 0 && text !== '' ? text : pieces;
}

/** Comma-separated `name=seconds`; the value is a map. */
export function secondsByName(): Kind {
  return {
    expected:
      'comma-separated pairs of a name and a number of seconds above 0, such as "inference=600,*=3600"',
    parse: (text) => {
      const pairs = text
        .split(',')
        .map((piece) => /^\s*([\w.*-]+)\s*=\s*([\d._]+)\s*$/.exec(piece) ?? [])
        .map(([, name = '', value = '']): [string, unknown] => [name, parseNumber(value)]);
      return text.trim() === '' ? new Map() : new Map(pairs);
    },
    rules: [IsMapOfSeconds()],
  };
}

/** Comma-separated `name=value`, the values percent-encoded; the value is a map. */
export function keyValues(): Kind {
  return {
    expected: 'comma-separated pairs of a name and a percent-encoded value, such as "a=1,b=two%20words"',
    parse: (text) => {
      const pairs = text.split(',').filter((piece) => piece.trim() !== '');
      const read = pairs.map((piece) => /^\s*([\w.!#$&'*+^|~/-]+)\s*=\s*(.*?)\s*$/.exec(piece) ?? []);
      try {
        return new Map(read.map(([, name = '', value = '']) => [name, decodeURIComponent(value)]));
      } catch {
        return text;
      }
    },
    rules: [IsMapOfTexts()],
  };
}

/** `http:` or `https:`, with a path at most; the value has no trailing slash. */
export function httpUrl(): Kind {
  return {
    expected: 'an http:// or https:// URL without credentials, query and fragment',
    parse: (text) => text.replace(/\/+$/, ''),
    rules: [IsHttpUrl()],
    show: showUrl,
  };
}

export function redisUrl(): Kind {
  return {
    expected:
      'a URL like redis://host:6379/0, rediss://user:password@host:6379 or redis+sentinel://host:26379,host:26379/master/0',
    parse: (text) => text,
    rules: [IsRedisUrl()],
    show: showUrl,
    explain: (text) => {
      const parsed = parseRedisUrl(text);
      return parsed.ok ? null : parsed.error;
    },
  };
}

/** The same kind, of whose wrong values nothing is ever shown. */
export function hidden(kind: Kind): Kind {
  return { ...kind, show: () => 'a hidden value', explain: () => null };
}

/** The same kind, where leaving it out is also right; the value is then null. */
export function optional(kind: Kind): Kind {
  return { ...kind, rules: [...kind.rules, IsOptional()] };
}

/** URLs carry passwords in two places: before the `@`, and in the query. Neither is shown. */
function showUrl(text: string): string {
  const withoutQuery = text.replace(/[?#].*$/s, '?…');
  return JSON.stringify(withoutQuery.replace(/^([a-z][a-z0-9+.-]*:\/\/)?.*@/is, '$1…@'));
}
