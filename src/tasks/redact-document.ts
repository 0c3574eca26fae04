/** Secrets that documents carry in headers, taken out before a document is shown. */
import { isObject, type JsonObject, type JsonValue } from '../core/json';

const REDACTED = '[redacted]';
/** Header names, and keys that name a secret in an executor's settings. */
const SECRET_KEY =
  /^(authorization|proxy-authorization|cookie|x-api-key|api[-_]?key|(access[-_]?)?token|secret|password)$/i;

/**
 * A document (or its text) without the values of secret keys and without our own tokens wherever they stand.
 * In a text, the value of a secret key is what follows it on its line.
 */
export function redactSecrets<T extends JsonObject | string>(shown: T, tokens: readonly string[]): T {
  if (typeof shown === 'string') return redactText(shown, tokens) as T;
  return redactValue(shown, tokens) as T;
}

function redactValue(value: JsonValue, tokens: readonly string[]): JsonValue {
  if (typeof value === 'string') return withoutTokens(value, tokens);
  if (Array.isArray(value)) return value.map((item) => redactValue(item, tokens));
  if (!isObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, child]) => [
      key,
      SECRET_KEY.test(key) && typeof child === 'string' && !isPlaceholder(child)
        ? REDACTED
        : redactValue(child, tokens),
    ]),
  );
}

function redactText(text: string, tokens: readonly string[]): string {
  const lines = text.replace(
    /(["']?\b(?:(?:proxy-)?authorization|cookie|x-api-key|api[-_]?key|(?:access[-_]?)?token|secret|password)\b["']?\s*:[ \t]*)("(?:[^"\\\n]|\\.)*"|'[^'\n]*'|[^\s,}\n][^,}\n]*)/gi,
    (whole, key: string, value: string) =>
      isPlaceholder(value.replace(/^["']|["']$/g, '')) ? whole : `${key}${REDACTED}`,
  );
  return withoutTokens(lines, tokens);
}

function withoutTokens(text: string, tokens: readonly string[]): string {
  return tokens.reduce((rest, token) => rest.replaceAll(token, REDACTED), text);
}

/** `${NAME}` stands for a secret and is none. */
function isPlaceholder(text: string): boolean {
  return /^(Bearer )?\$\{[^}]*\}$/.test(text);
}
