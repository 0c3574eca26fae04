/** Finds the placeholders of a text: `${NAME.path}`, and `$${` for a literal `${`. Linear in the text's length. */

export type Segment =
  | { kind: 'text'; text: string }
  /** `body` is what stands between the braces, trimmed; `raw` is all of it as written. */
  | { kind: 'placeholder'; raw: string; body: string }
  /** A `${` that nothing closes, on its line and within `MAX_PLACEHOLDER_LENGTH`. */
  | { kind: 'malformed'; raw: string };

/** Longer than any name and path in use; bounds what one placeholder can cost. */
const MAX_PLACEHOLDER_LENGTH = 1_000;

const ENVIRONMENT_NAME = /^[A-Z_][A-Z0-9_]*$/;

/** A root that is no task but looks like an environment variable belongs to the worker. */
export function isEnvironmentName(body: string): boolean {
  return ENVIRONMENT_NAME.test(body);
}

/** The text cut into what stays and what stands for something; the texts have `$${` turned into `${` already. */
export function scanTemplate(text: string): Segment[] {
  const segments: Segment[] = [];
  let plain = '';
  let at = 0;
  const push = (segment: Segment): void => {
    if (plain !== '') segments.push({ kind: 'text', text: plain });
    plain = '';
    segments.push(segment);
  };
  while (at < text.length) {
    const open = text.indexOf('${', at);
    if (open === -1) break;
    if (open > at && text[open - 1] === '$') {
      plain += `${text.slice(at, open - 1)}\${`;
      at = open + 2;
      continue;
    }
    plain += text.slice(at, open);
    const { end, closed } = findEnd(text, open + 2);
    const raw = text.slice(open, end);
    push(closed ? { kind: 'placeholder', raw, body: raw.slice(2, -1).trim() } : { kind: 'malformed', raw });
    at = end;
  }
  plain += text.slice(at);
  if (plain !== '' || segments.length === 0) segments.push({ kind: 'text', text: plain });
  return segments;
}

/** Where the placeholder whose body starts at `from` ends, or how far it was followed in vain. */
function findEnd(text: string, from: number): { end: number; closed: boolean } {
  const limit = Math.min(text.length, from + MAX_PLACEHOLDER_LENGTH);
  let quote = '';
  for (let at = from; at < limit; at += 1) {
    const char = text.charAt(at);
    if (char === '\n') return { end: at, closed: false };
    if (quote !== '') {
      if (char === '\\') at += 1;
      else if (char === quote) quote = '';
    } else if (char === '}') {
      return { end: at + 1, closed: true };
    } else if (char === '$' && text[at + 1] === '{') {
      return { end: at, closed: false };
    } else if ((char === '"' || char === "'") && text[at - 1] === '[') {
      quote = char;
    }
  }
  return { end: limit, closed: false };
}
