/** The checker finds what it is there to find: a good history made bad in one place, for each promise. */
import { check } from './lib/check';
import type { AcceptedTask, EndedTask, Entry, Happening, ResultOnDisk } from './lib/history';

const ID = 't-1';
const SHA = 'a'.repeat(64);
const OTHER_SHA = 'b'.repeat(64);

const accepted: AcceptedTask = { id: ID, name: 'doc', expects: 'DONE', isDelivered: true, items: null };
const ended: EndedTask = {
  id: ID,
  name: 'doc',
  runId: 'r-1',
  status: 'DONE',
  attempt: 1,
  retries: 0,
  parentId: null,
  worker: 'w',
  error: null,
};
const stored: ResultOnDisk = { sha256: SHA, madeBy: 'try-1', savedSha256: null, items: null, shards: null };
const posted = (change: Partial<Entry<'posted'>> = {}): Happening<'posted'> => ({
  kind: 'posted',
  taskId: ID,
  attemptId: 'try-1',
  sha256: SHA,
  status: 201,
  sentAt: 30,
  why: '',
  ...change,
});
const uploaded = (change: Partial<Entry<'uploaded'>> = {}): Happening<'uploaded'> => ({
  kind: 'uploaded',
  taskId: ID,
  attemptId: 'try-1',
  name: 'f.zip',
  sha256: SHA,
  status: 201,
  sentAt: 25,
  why: '',
  ...change,
});
const heard = (type: string, status: string | null = null): Happening<'heard'> => ({
  kind: 'heard',
  type,
  taskId: ID,
  status,
  parentId: null,
});
const dispatched = (attempt: number): Happening<'dispatched'> => ({
  kind: 'dispatched',
  taskId: ID,
  worker: `w-${String(attempt)}`,
  attempt,
  attemptId: `try-${String(attempt)}`,
});
const read = (change: Partial<Entry<'read'>>): Happening<'read'> => ({
  kind: 'read',
  taskId: ID,
  name: null,
  status: 200,
  sha256: SHA,
  isWhole: true,
  askedAt: 0,
  ...change,
});
const deleted = (status: number): Happening<'deleted'> => ({ kind: 'deleted', taskId: ID, status, why: '' });
const sample = (change: Partial<Entry<'sample'>> = {}): Happening<'sample'> => ({
  kind: 'sample',
  service: 'a',
  rssBytes: 1e8,
  descriptors: 30,
  spoolBytes: 0,
  redisBytes: 1e6,
  ...change,
});

interface Story {
  submitted?: Partial<Entry<'submitted'>>;
  middle?: Happening[];
  end?: Partial<Entry<'ended'>>;
}

const theEnd = (change: Partial<Entry<'ended'>> = {}): Happening<'ended'> => ({
  kind: 'ended',
  tasks: [ended],
  results: { [ID]: stored },
  files: { [ID]: [] },
  leftInRedis: { 'orch:ready': 0 },
  leftInSpool: [],
  ...change,
});

const usual: Happening[] = [dispatched(1), posted(), heard('TASK_ENDED', 'DONE')];

/** Ten milliseconds between one thing and the next. */
function history({ submitted = {}, middle = usual, end = {} }: Story): Entry[] {
  const all: Happening[] = [
    sample(),
    { kind: 'submitted', name: 'doc', count: 1, status: 201, tasks: [accepted], ...submitted },
    ...middle,
    { kind: 'healed' },
    theEnd(end),
  ];
  return all.map((happening, index) => ({ at: index * 10, ...happening }));
}

const verdict = (story: Story): string[] =>
  check(history(story)).map(({ invariant, what }) => `${invariant} ${what}`);

const parent: Story = {
  submitted: { tasks: [{ ...accepted, isDelivered: false, items: [1, 2] }] },
  middle: [heard('TASK_AGGREGATED'), heard('TASK_ENDED', 'DONE')],
  end: {
    results: {
      [ID]: {
        sha256: SHA,
        madeBy: null,
        savedSha256: null,
        items: [1, 2],
        shards: [
          { id: 's-1', sha256: SHA },
          { id: 's-2', sha256: SHA },
        ],
      },
      's-1': stored,
      's-2': stored,
    },
  },
};
const withResult = (change: Partial<ResultOnDisk>): Story => ({
  ...parent,
  end: { results: { ...parent.end?.results, [ID]: { ...parent.end!.results![ID]!, ...change } } },
});

describe('the checker', () => {
  test.each<[string, Story]>([
    ['one attempt', {}],
    [
      'a failed attempt before the one that won',
      { middle: [dispatched(1), dispatched(2), ...attempt2()], end: attempt2End() },
    ],
    ['the same bytes posted again', { middle: [...usual, posted({ status: 200 })] }],
    [
      'a late result that was refused',
      { middle: [...usual, posted({ attemptId: 'try-0', sha256: OTHER_SHA, status: 409 })] },
    ],
    [
      'a result whose answer was not heard',
      { middle: [dispatched(1), posted({ status: null }), heard('TASK_ENDED', 'DONE')] },
    ],
    [
      'a result taken for later',
      { middle: [dispatched(1), posted({ status: 202 }), heard('TASK_ENDED', 'DONE')] },
    ],
    ['an end that Redis forgot', { middle: [...usual, { kind: 'writesLost' }, heard('TASK_ENDED', 'DONE')] }],
    ['a task that Redis forgot', { middle: [{ kind: 'writesLost' }], end: { tasks: [], results: {} } }],
    ['a parent and its shards', parent],
    [
      'a result that was read, and then deleted',
      {
        middle: [...usual, deleted(409), read({ askedAt: 60 }), heard('TASK_RESULT_DELETED'), deleted(204)],
        end: { results: {} },
      },
    ],
    [
      'a part that a killed process left',
      { middle: [...usual, { kind: 'crashed', service: 'a' }], end: { leftInSpool: ['x.part'] } },
    ],
  ])('finds nothing in %s', (_name, story) => {
    expect(verdict(story)).toEqual([]);
  });

  test.each<[string, Story, RegExp]>([
    ['a task that nobody knows any more', { end: { tasks: [] } }, /I1 .*nobody knows it/],
    [
      'a task that ended otherwise than it should',
      { middle: [dispatched(1)], end: { tasks: [{ ...ended, status: 'FAILED' }] } },
      /I1 .*ended FAILED/,
    ],
    ['a result that was taken and is gone', { end: { results: {} } }, /I1 its result was taken/],
    ['a document of which half was registered', { submitted: { count: 2 } }, /I1 run r-1 .*1 tasks, not 2/],
    [
      'a document that was registered twice',
      { end: { tasks: [ended, { ...ended, id: 't-2', runId: 'r-2' }] } },
      /I2 document doc was registered as run r-1 and as run r-2/,
    ],
    [
      'a task that is DONE twice',
      { middle: [...usual, heard('TASK_ENDED', 'DONE')] },
      /I2 it had ended DONE, .*TASK_ENDED/,
    ],
    [
      'a task that goes out after its end',
      { middle: [...usual, heard('TASK_DISPATCHED')] },
      /I2 .*TASK_DISPATCHED/,
    ],
    [
      'two results committed',
      { middle: [...usual, posted({ attemptId: 'try-2', sha256: OTHER_SHA })] },
      /I2 2 results .* 2 attempts/,
    ],
    [
      'a result of an attempt that was superseded',
      { middle: [dispatched(1), dispatched(2), posted({ sentAt: 45 }), heard('TASK_ENDED', 'DONE')] },
      /I2 a result of attempt 1 was taken/,
    ],
    [
      'a result of an attempt that was refused',
      { middle: [dispatched(1), posted({ status: 409 }), heard('TASK_ENDED', 'DONE')] },
      /I3 .*refused/,
    ],
    [
      'a result that is not what was posted',
      { end: { results: { [ID]: { ...stored, sha256: OTHER_SHA } } } },
      /I3 /,
    ],
    [
      'a task that is done without a result',
      { middle: [heard('TASK_ENDED', 'DONE')], end: { results: {} } },
      /I3 .*has no result/,
    ],
    ['a file of another attempt than the result', foreignFile(), /I3 f.zip is another attempt's/],
    ["a winner's file that is gone", { middle: [uploaded(), ...usual] }, /I3 f.zip .*gone/],
    [
      'a parent that is aggregated twice',
      { ...parent, middle: [heard('TASK_AGGREGATED'), ...parent.middle!] },
      /I4 it was aggregated twice/,
    ],
    ['a parent with an item twice', withResult({ items: [1, 2, 2] }), /I4 .*items/],
    [
      'a parent with a shard twice',
      withResult({
        shards: [
          { id: 's-1', sha256: SHA },
          { id: 's-1', sha256: SHA },
        ],
      }),
      /I4 a shard is in it twice/,
    ],
    [
      'a parent with a result that its shard has not',
      withResult({ shards: [{ id: 's-1', sha256: OTHER_SHA }] }),
      /I4 .*another result of shard s-1/,
    ],
    [
      'a reader that sees a part',
      { middle: [...usual, read({ isWhole: false, sha256: null })] },
      /I5 a reader saw a part/,
    ],
    [
      'a reader that sees what nobody sent',
      { middle: [...usual, read({ sha256: OTHER_SHA })] },
      /I5 .*nobody sent/,
    ],
    [
      'a stored result that is cut',
      { end: { results: { [ID]: { ...stored, sha256: null, madeBy: null } } } },
      /I5 its stored result/,
    ],
    [
      'a stored file that is cut',
      {
        middle: [uploaded(), ...usual],
        end: { files: { [ID]: [{ name: 'f.zip', size: 1, sha256: OTHER_SHA }] } },
      },
      /I5 f.zip/,
    ],
    ['memory that grows beyond its bound', { middle: [...usual, sample({ rssBytes: 8e9 })] }, /I6 rssBytes/],
    [
      'descriptors that leak',
      { middle: [...usual, sample({ descriptors: 200 })] },
      /I6 a ended with 200 descriptors/,
    ],
    [
      'an index that is not empty',
      { end: { leftInRedis: { 'orch:tasks:RUNNING': 1 } } },
      /I6 1 left in orch:tasks:RUNNING/,
    ],
    ['a spool that is not empty', { end: { leftInSpool: ['inbox/1.json'] } }, /I6 left in the spool/],
    [
      'a result that everybody was told is deleted, and is on disk',
      { middle: [...usual, heard('TASK_RESULT_DELETED')] },
      /I6 its result had been/,
    ],
    ['a deleted result that is on disk', { middle: [...usual, deleted(204)] }, /I6 its result had been/],
    [
      'a deleted file that is on disk',
      {
        middle: [...usual, deleted(204)],
        end: { results: {}, files: { [ID]: [{ name: 'f.zip', size: 1, sha256: SHA }] } },
      },
      /I6 f.zip had been deleted/,
    ],
    [
      'a reader that is given what was deleted',
      { middle: [...usual, deleted(204), read({ askedAt: 60 })], end: { results: {} } },
      /I6 a reader got its result/,
    ],
    [
      'a result that is gone, since its deletion was refused',
      { middle: [...usual, deleted(409)], end: { results: {} } },
      /I1 its result was taken/,
    ],
    [
      'a task that does not end',
      { middle: [dispatched(1)], end: { tasks: [{ ...ended, status: 'RUNNING' }], results: {} } },
      /I7 it is still RUNNING/,
    ],
  ])('reports %s', (_name, story, what) => {
    expect(verdict(story)).toEqual(expect.arrayContaining([expect.stringMatching(what)]));
  });

  test('reports a round that came to no end', () => {
    expect(check(history({}).filter(({ kind }) => kind !== 'ended'))).toEqual([
      expect.objectContaining({ invariant: 'I7', what: 'the round came to no end' }),
    ]);
  });
});

function attempt2(): Happening[] {
  return [posted({ attemptId: 'try-2', sha256: OTHER_SHA }), heard('TASK_ENDED', 'DONE')];
}

function attempt2End(): Partial<Entry<'ended'>> {
  return { results: { [ID]: { ...stored, sha256: OTHER_SHA, madeBy: 'try-2' } } };
}

function foreignFile(): Story {
  return {
    middle: [uploaded({ attemptId: 'try-0', sha256: OTHER_SHA }), uploaded(), ...usual],
    end: { files: { [ID]: [{ name: 'f.zip', size: 1, sha256: OTHER_SHA }] } },
  };
}
