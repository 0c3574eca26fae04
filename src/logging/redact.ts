/** Takes secrets out of finished log lines, wherever in them they stand: field, URL, header or free text. */

export const REDACTED = '[redacted]';

/** Shorter ones would be found by chance in the middle of other words. */
const SHORTEST_SECRET = 6;

/** The end of a field's name that makes its value a secret. */
const SECRET_NAME = '[\\w.-]{0,60}(?:authorization|cookie|password|passwd|secret|token|api[-_]?key)';

const RULES: readonly [RegExp, string][] = [
  // "authorization":"…"
  [new RegExp(`("${SECRET_NAME}":")(?:[^"\\\\]|\\\\.)+`, 'gi'), `$1${REDACTED}`],
  // The same in a text that is JSON itself, so that its quotes are escaped in the line.
  [new RegExp(`(\\\\"${SECRET_NAME}\\\\"\\s*:\\s*\\\\")[^"\\\\]+`, 'gi'), `$1${REDACTED}`],
  // ?expires=…&sig=…, and what other services call it
  [
    /([?&](?:sig|signature|token|access_token|api_key|password|x-amz-signature)=)[^&\s"'\\#]+/gi,
    `$1${REDACTED}`,
  ],
  [/\b(Bearer|Basic)\s+[\w.~+/=-]+/gi, `$1 ${REDACTED}`],
  // scheme://user:password@host
  [/(:\/\/)[^/\s"'@\\]*@/g, `$1${REDACTED}@`],
];

/** A function from a line of JSON to the same without secrets; `secrets` are those that are known by value. */
export function redactor(secrets: readonly string[]): (line: string) => string {
  const known = secrets
    .filter((secret) => secret.length >= SHORTEST_SECRET)
    .map((secret) => JSON.stringify(secret).slice(1, -1));
  return (line) => {
    const withoutKnown = known.reduce((text, secret) => text.replaceAll(secret, REDACTED), line);
    return RULES.reduce((text, [pattern, replacement]) => text.replace(pattern, replacement), withoutKnown);
  };
}
