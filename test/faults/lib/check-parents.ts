/** I4: a parent's shards come together once, each of them once, in order. */
import { type CaseFile, type Cases, type Violation } from './case-files';

export function checkParents(cases: Cases): Violation[] {
  return [...cases.byTask.values()].flatMap((file) => [
    ...aggregatedTwice(file, cases),
    ...wrongItems(file),
    ...wrongShards(file, cases),
  ]);
}

function aggregatedTwice(file: CaseFile, { lossesAt }: Cases): Violation[] {
  const [first, ...more] = file.heard.filter(({ type }) => type === 'TASK_AGGREGATED');
  const again = more.find(
    ({ at }) => !lossesAt.some((loss) => first !== undefined && loss > first.at && loss <= at),
  );
  if (first === undefined || again === undefined) return [];
  return [{ invariant: 'I4', taskId: file.id, what: 'it was aggregated twice', evidence: [first, again] }];
}

function wrongItems(file: CaseFile): Violation[] {
  const wanted = file.accepted?.items ?? null;
  if (wanted === null || file.ended?.status !== 'DONE' || file.result === null) return [];
  const got = file.result.items;
  if (JSON.stringify(got) === JSON.stringify(wanted)) return [];
  const what = `its result has the items ${JSON.stringify(got)}, not ${JSON.stringify(wanted)}`;
  return [{ invariant: 'I4', taskId: file.id, what, evidence: file.heard }];
}

/** What was put together is what the shards stored. */
function wrongShards(file: CaseFile, { byTask }: Cases): Violation[] {
  const shards = file.result?.shards ?? null;
  if (shards === null) return [];
  const violation = (what: string): Violation[] => [
    { invariant: 'I4', taskId: file.id, what, evidence: file.heard },
  ];
  if (new Set(shards.map(({ id }) => id)).size !== shards.length) return violation('a shard is in it twice');
  const foreign = shards.find(({ id, sha256 }) => {
    const own = byTask.get(id)?.result ?? null;
    return own !== null && own.sha256 !== sha256;
  });
  if (foreign === undefined) return [];
  return violation(`it was put together from another result of shard ${foreign.id} than is stored`);
}
