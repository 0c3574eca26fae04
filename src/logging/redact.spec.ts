/** No secret stands in a log line, and nothing else is touched. */
import { REDACTED, redactor } from './redact';

const redact = redactor(['s3cret-token', 'quo"te-token', 'abc']);

it.each<[what: string, line: object, shown: object]>([
  ['a header', { authorization: 'Bearer abc.def' }, { authorization: REDACTED }],
  ['a header of any case', { 'X-Api-Key': 'k"e\\y' }, { 'X-Api-Key': REDACTED }],
  [
    'a bearer token in a text',
    { msg: 'sent Bearer abc-d.e_f= to it' },
    { msg: `sent Bearer ${REDACTED} to it` },
  ],
  [
    'a signature in a URL',
    { url: '/f/a.zip?expires=1&sig=Ab-_9&x=1' },
    { url: `/f/a.zip?expires=1&sig=${REDACTED}&x=1` },
  ],
  ['a token in a query', { url: '/x?token=abc' }, { url: `/x?token=${REDACTED}` }],
  ['credentials in a URL', { msg: 'at redis://u:pw@h:1/0' }, { msg: `at redis://${REDACTED}@h:1/0` }],
  ['a token that is known by value', { msg: 'it was s3cret-token' }, { msg: `it was ${REDACTED}` }],
  ['a known token with a quote', { msg: 'it was quo"te-token' }, { msg: `it was ${REDACTED}` }],
  [
    'a field of a document',
    { task: { spec: { qdrant: { api_key: 'v' } } } },
    { task: { spec: { qdrant: { api_key: REDACTED } } } },
  ],
  ['JSON within a text', { msg: '{"password":"p w"}' }, { msg: `{"password":"${REDACTED}"}` }],
])('%s is taken out', (_what, line, shown) => {
  expect(JSON.parse(redact(JSON.stringify(line)))).toEqual(shown);
});

it.each([
  { msg: 'abc is too short to be looked for' },
  { tokenizer: 'bert', max_tokens: 5, token: null },
  { task_id: 'a-b', attempt_id: 'x', url: 'http://h/path?limit=5&cursor=abc' },
  { msg: 'two\nlines {"level":"ERROR"}' },
])('%j stays as it is', (line) => {
  expect(JSON.parse(redact(JSON.stringify(line)))).toEqual(line);
});

it('takes a line of a megabyte within half a second', () => {
  const began = performance.now();
  redact(
    JSON.stringify({
      msg: '"'.repeat(300_000) + '?sig='.repeat(60_000) + 'a:'.repeat(100_000),
      url: 'x'.repeat(400_000),
    }),
  );
  expect(performance.now() - began).toBeLessThan(500);
});
