import * as fc from 'fast-check';
import type { JsonObject, JsonValue } from '../json';
import type { ArtifactFacts } from './artifact-path';
import type { Envelope, TaskDocument } from '../model';
import { resolveDocument, type Upstream } from './resolve';

function aDocument(fields: JsonObject): TaskDocument {
  return { apiVersion: 'v1', kind: 'Task', metadata: { name: 'p:b' }, spec: { taskType: 'echo', ...fields } };
}

function anEnvelope(result: JsonValue): Envelope {
  return { task_id: 't1', worker_id: 'w1', metadata: null, received_at: null, result };
}

const TRAIN = anEnvelope({
  url: 'http://here/api/v1/results/t1/files/m.zip',
  items: [{ output: 'first' }, { output: 'last' }],
  loss: 0.5,
  ok: true,
  nothing: null,
  'key.with.dots': 'dotted',
  trick: '${train.result.loss} $${x}',
});

const LORA = { name: 'final_lora.zip', url: 'http://here/f', sha256: 'c0ffee', sizeBytes: 7 };

const anUpstream = (envelope: Envelope | null, files: readonly ArtifactFacts[] = []): Upstream => ({
  envelope,
  artifacts: new Map(files.map((file) => [file.name, file])),
});

const DEPS = new Map<string, Upstream>([
  ['train', anUpstream(TRAIN, [LORA])],
  ['a.b', anUpstream(anEnvelope('dotted name'))],
  ['gone', anUpstream(null)],
]);

const OPTIONS = { hasDependencies: true, signUrl: (text: string): string => text };

function resolved(value: JsonValue, options = OPTIONS): JsonValue | undefined {
  const result = resolveDocument(aDocument({ value }), DEPS, options);
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value.spec.value;
}

function failure(value: JsonValue): string {
  const result = resolveDocument(aDocument({ value }), DEPS, OPTIONS);
  return result.ok
    ? 'resolved'
    : result.error.map(({ path, code, message }) => `${path} ${code}: ${message}`).join('\n');
}

describe('resolveDocument', () => {
  it.each<[string, JsonValue, JsonValue]>([
    ['an exact placeholder keeps a number', '${train.result.loss}', 0.5],
    ['an exact placeholder keeps a list', '${train.result.items}', [{ output: 'first' }, { output: 'last' }]],
    ['an exact placeholder keeps null', '${train.result.nothing}', null],
    ['a string goes in as it is', 'see ${train.result.items[0].output}!', 'see first!'],
    ['an index counts from the end', '${train.result.items[-1].output}', 'last'],
    [
      'other values go in as JSON',
      'l=${train.result.loss} ok=${train.result.ok} n=${train.result.nothing}',
      'l=0.5 ok=true n=null',
    ],
    ['lists go in as JSON', 'x ${train.result.items}', 'x [{"output":"first"},{"output":"last"}]'],
    ['quoted keys', '${train.result["key.with.dots"]}', 'dotted'],
    ['the rest of the envelope', '${train.task_id}/${train.worker_id}', 't1/w1'],
    ['names with dots', '${a.b.result}', 'dotted name'],
    ['the address of a file', 'get ${train.artifacts["final_lora.zip"].url}', 'get http://here/f'],
    ['the size of a file is a number', "${train.artifacts['final_lora.zip'].size_bytes}", 7],
    [
      'all of a file',
      '${train.artifacts["final_lora.zip"]}',
      { url: 'http://here/f', sha256: 'c0ffee', size_bytes: 7, size: 7, name: 'final_lora.zip' },
    ],
    ['a literal', '$${train.result.loss}', '${train.result.loss}'],
    ['an environment name stays', 'key ${QDRANT_API_KEY}', 'key ${QDRANT_API_KEY}'],
    ['an environment name alone stays', '${QDRANT_API_KEY}', '${QDRANT_API_KEY}'],
    ['deep inside lists and maps', [{ x: ['${train.result.ok}'] }], [{ x: [true] }]],
    ['what is put in is not read again', '${train.result.trick}', '${train.result.loss} $${x}'],
    ['what is put into a text is not read again', '$${${train.result.trick}', '${${train.result.loss} $${x}'],
    ['keys are no templates', { '${train.result.loss}': 1 }, { '${train.result.loss}': 1 }],
  ])('%s', (_, value, want) => {
    expect(resolved(value)).toEqual(want);
  });

  it('leaves a task without dependencies as it stands', () => {
    const document = aDocument({ value: '$${x} ${train.result.loss} ${' });
    const result = resolveDocument(document, DEPS, { ...OPTIONS, hasDependencies: false });
    expect(result).toEqual({ ok: true, value: document });
  });

  it('resolves strings everywhere in the document, and changes nothing in the one given', () => {
    const document: TaskDocument = { ...aDocument({}), metadata: { name: 'n', note: '${train.result.ok}' } };
    const before = JSON.stringify(document);
    const result = resolveDocument(document, DEPS, OPTIONS);
    expect(result.ok && result.value.metadata.note).toBe(true);
    expect(JSON.stringify(document)).toBe(before);
  });

  it('signs every string out of a result, and no other', () => {
    const options = { hasDependencies: true, signUrl: (text: string): string => `${text}?signed` };
    expect(
      resolved(['${train.result.url}', 'at ${train.result.url}', '${train.result.items}', 'plain'], options),
    ).toEqual([
      'http://here/api/v1/results/t1/files/m.zip?signed',
      'at http://here/api/v1/results/t1/files/m.zip?signed',
      [{ output: 'first?signed' }, { output: 'last?signed' }],
      'plain',
    ]);
  });

  it.each<[string, JsonValue, string]>([
    [
      'a path that finds nothing, with the keys that there are',
      { x: ['${train.result.items[0].text}'] },
      'spec.value.x[0] path_not_found: ${train.result.items[0].text} finds nothing: train.result.items[0] has the keys output',
    ],
    [
      'an index out of range',
      'a ${train.result.items[2]}',
      'spec.value path_not_found: ${train.result.items[2]} finds nothing: train.result.items is a list of 2',
    ],
    [
      'what objects inherit',
      '${train.result.toString}',
      'spec.value path_not_found: ${train.result.toString} finds nothing: ' +
        'train.result has the keys url, items, loss, ok, nothing, key.with.dots, trick',
    ],
    [
      'a result that is not there',
      '${gone.result.x}',
      'spec.value result_missing: ${gone.result.x}: gone has no result',
    ],
    [
      'an unknown name',
      '${nope.result}',
      'spec.value unknown_name: ${nope.result} names no upstream task; there are train, a.b, gone',
    ],
    [
      'a way to a prototype',
      '${train.__proto__.x}',
      'spec.value unsafe_key: ${train.__proto__.x} walks through a key that is not allowed',
    ],
    ['a path that is none', '${train..x}', 'spec.value bad_placeholder: ${train..x}: ..x is not a path'],
    [
      'what nothing closes',
      'a ${train',
      'spec.value bad_placeholder: ${train: nothing closes this placeholder; a literal ${ is written $${',
    ],
  ])('fails on %s', (_, value, want) => {
    expect(failure(value)).toBe(want);
  });

  it('reports every placeholder that fails', () => {
    expect(failure(['${train.a}', '${train.b} and ${train.c}']).split('\n')).toHaveLength(3);
  });

  it('signs the address of a file', () => {
    const options = { hasDependencies: true, signUrl: (text: string): string => `${text}?signed` };
    expect(resolved('${train.artifacts["final_lora.zip"].url}', options)).toBe('http://here/f?signed');
  });

  it('says which file is not there', () => {
    expect(failure('${gone.artifacts["a.zip"].url}')).toBe(
      'spec.value artifact_missing: ${gone.artifacts["a.zip"].url}: gone has no file a.zip',
    );
  });

  it('stops when the results put in exceed all bounds', () => {
    const deps = new Map([['big', anUpstream(anEnvelope('x'.repeat(1024 * 1024)))]]);
    const result = resolveDocument(
      aDocument({ list: Array<string>(100).fill('${big.result}') }),
      deps,
      OPTIONS,
    );
    expect(result.ok ? '' : result.error[0]?.code).toBe('resolved_too_large');
  });

  it('does not overflow on a result nested without end', () => {
    const deep = JSON.parse('['.repeat(5_000) + ']'.repeat(5_000)) as JsonValue;
    const result = resolveDocument(
      aDocument({ x: '${d.result}' }),
      new Map([['d', anUpstream(anEnvelope(deep))]]),
      OPTIONS,
    );
    expect(result.ok ? '' : result.error[0]?.code).toBe('too_deep');
  });

  it('never invents text: what comes out is the text and the values that went in', () => {
    const value = fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.constant(null), fc.array(fc.string()));
    const part = fc.oneof(
      fc.string({ maxLength: 8 }).map((text) => ({ text: text.replaceAll('$', ''), from: '' })),
      fc.constantFrom('a', 'b-2', 'c.d').map((from) => ({ text: '', from })),
      fc.constant({ text: '$${', from: '' }),
    );
    fc.assert(
      fc.property(
        fc.tuple(value, value, value),
        fc.array(part, { minLength: 1, maxLength: 6 }),
        (values, parts) => {
          const names = ['a', 'b-2', 'c.d'];
          const deps = new Map(names.map((name, at) => [name, anUpstream(anEnvelope(values[at] ?? null))]));
          const template = parts
            .map(({ text, from }) => (from === '' ? text : `\${${from}.result}`))
            .join('');
          const pieces = parts.map(({ text, from }): JsonValue => {
            if (from !== '') return values[names.indexOf(from)] ?? null;
            return text === '$${' ? '${' : text;
          });
          const joined = pieces
            .map((piece) => (typeof piece === 'string' ? piece : JSON.stringify(piece)))
            .join('');
          const isExact = /^\$\{[^}]*\}$/.test(template);
          const want = isExact ? pieces.find((_, at) => parts[at]?.from !== '') : joined;
          const result = resolveDocument(aDocument({ template }), deps, OPTIONS);
          expect(result.ok && result.value.spec.template).toEqual(want);
        },
      ),
      { numRuns: 1_000 },
    );
  });
});
