/** class-validator rules that the library lacks in the shape configuration needs. */
import { ValidateBy } from 'class-validator';

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

/** One Redis server, plain or over TLS, with an optional database number as the path. */
export function IsRedisUrl(): PropertyDecorator {
  return ValidateBy({
    name: 'isRedisUrl',
    validator: {
      validate: (value: unknown) => {
        const url = asUrl(value);
        if (url === null || (url.protocol !== 'redis:' && url.protocol !== 'rediss:')) return false;
        return url.hostname !== '' && /^\/?\d*$/.test(url.pathname);
      },
    },
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
