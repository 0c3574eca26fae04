/** What each error looks like, for OpenAPI: one example for every slug that a status can have. */
import { PROBLEMS, type ProblemSlug } from '../core/errors';
import { type Problem, problemOfStatus } from './problem';

type Example = Pick<Problem, 'detail' | 'errors'>;

const INSTANCE = '472ef176-5ee8-4e4e-9fb3-01f4e20c5e6f';

/** A slug without an example does not compile. */
const EXAMPLES: Readonly<Record<ProblemSlug, Example>> = {
  'bad-request': {
    detail: 'A task id is 1 to 128 letters, digits, dashes and underscores.',
    errors: [{ path: 'task_id', code: 'malformed', message: 'expected [A-Za-z0-9_-]{1,128}' }],
  },
  unauthorized: { detail: 'This needs a valid bearer token.' },
  'not-found': { detail: 'There is no task b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11.' },
  'method-not-allowed': { detail: 'This path takes GET, HEAD, POST.' },
  'request-timeout': { detail: 'The request did not arrive in time.' },
  conflict: { detail: 'Task b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11 is FAILED; it takes no more files.' },
  gone: { detail: 'The result of task b7a1c2de-5f0d-4b1e-9c55-0e4a0f6d1b11 was deleted.' },
  locked: { detail: 'Another request is at this upload; ask where it stands, and go on from there.' },
  'checksum-mismatch': { detail: 'The body has another checksum than announced.' },
  'precondition-failed': { detail: 'The file is not the one that was named.' },
  'too-large': { detail: 'The body is larger than 1048576 bytes.' },
  'unsupported-media-type': { detail: 'A compressed body is not taken.' },
  'range-not-satisfiable': { detail: 'The file is shorter than that.' },
  'invalid-document': {
    detail: '2 mistakes, the first: replicas is required',
    errors: [
      {
        path: 'spec.resources.replicas',
        line: 4,
        column: 1,
        code: 'missing',
        message: 'replicas is required',
      },
      {
        path: 'spec.taskType',
        line: 5,
        column: 3,
        code: 'wrong_type',
        message: 'expected text that is not empty, not 7',
      },
    ],
  },
  'idempotency-key-reused': {
    detail:
      'Another document was submitted with this Idempotency-Key within the last day. Nothing was registered; a new document needs a new key.',
  },
  'too-many-requests': {
    detail:
      'At most 50 documents a second (RATE_LIMIT_PER_SEC) are taken. Nothing was registered; try again in a second.',
  },
  'internal-error': { detail: 'Something went wrong here; the log has more under this request id.' },
  unavailable: { detail: 'The task store does not answer at the moment; try again.' },
  'insufficient-storage': { detail: 'No room is left on the results volume; nothing was stored.' },
};

/** Examples by slug, of a status that `PROBLEMS` does not name one by its title alone. */
export function problemExamples(status: number): Record<string, { summary: string; value: Problem }> {
  const slugs = (Object.keys(PROBLEMS) as ProblemSlug[]).filter((slug) => PROBLEMS[slug][0] === status);
  const problems = slugs.map((slug): Problem => {
    const { detail, errors } = EXAMPLES[slug];
    const [, title] = PROBLEMS[slug];
    const problem = { type: `urn:orchestrator:${slug}`, title, status, detail, instance: INSTANCE };
    return errors === undefined ? problem : { ...problem, errors };
  });
  const shown = problems.length > 0 ? problems : [unnamed(status)];
  return Object.fromEntries(
    shown.map((value) => [value.type.replace('urn:orchestrator:', ''), { summary: value.title, value }]),
  );
}

function unnamed(status: number): Problem {
  const { title, ...rest } = problemOfStatus(status, '', INSTANCE);
  return { ...rest, title, detail: `${title}.` };
}
