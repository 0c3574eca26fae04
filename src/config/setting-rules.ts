/** class-validator rules that the library lacks in the shape configuration needs. */
import { ValidateBy } from 'class-validator';
import { parseRedisUrl } from './redis-url';

function asUrl(value: unknown): URL | null {
  return typeof value === 'string' && URL.canParse(value) ? new URL(value) : null;
}

/** An array whose pieces all match. */
export function MatchesEach(pattern: RegExp): PropertyDecorator {
  return ValidateBy({
    name: 'matchesEach',
    validator: {
      validate: (value: unknown) =>
        Array.isArray(value) && value.every((piece) => pattern.test(String(piece))),
    },
  });
}

/** A map of names to numbers above 0. */
export function IsMapOfSeconds(): PropertyDecorator {
  return ValidateBy({
    name: 'isMapOfSeconds',
    validator: {
      validate: (value: unknown) =>
        value instanceof Map &&
        [...(value as Map<unknown, unknown>)].every(
          ([name, sec]) => name !== '' && typeof sec === 'number' && sec > 0,
        ),
    },
  });
}

/** A map of names to texts. */
export function IsMapOfTexts(): PropertyDecorator {
  return ValidateBy({
    name: 'isMapOfTexts',
    validator: {
      validate: (value: unknown) =>
        value instanceof Map && [...(value as Map<unknown, unknown>).keys()].every((name) => name !== ''),
    },
  });
}

/** A base URL, to which paths are appended. */
export function IsHttpUrl(): PropertyDecorator {
  return ValidateBy({
    name: 'isHttpUrl',
    validator: {
      validate: (value: unknown) => {
        const url = asUrl(value);
        if (url === null || (url.protocol !== 'http:' && url.protocol !== 'https:')) return false;
        return url.username === '' && url.password === '' && !/[?#\s]/.test(String(value));
      },
    },
  });
}

/** One Redis server, or sentinels: see redis-url.ts. */
export function IsRedisUrl(): PropertyDecorator {
  return ValidateBy({
    name: 'isRedisUrl',
    validator: { validate: (value: unknown) => typeof value === 'string' && parseRedisUrl(value).ok },
  });
}

/** At least as large as another number of the same object. */
export function IsAtLeast(otherField: string): PropertyDecorator {
  return ValidateBy({
    name: 'isAtLeast',
    validator: {
      validate: (value: unknown, args) => {
        const other: unknown = args === undefined ? undefined : Reflect.get(args.object, otherField);
        // A mistake in the other number is reported there.
        return typeof value !== 'number' || typeof other !== 'number' || value >= other;
      },
    },
  });
}
