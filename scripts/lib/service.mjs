// The orchestrator as scripts start it, and the little of its API that they use.
import { waitFor } from './network.mjs';

/** The shell's variables that a child may see; the service's own are given one by one. */
const PASSED_ON = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'TZ', 'NODE_OPTIONS'];

export function cleanEnv(extra) {
  const kept = PASSED_ON.flatMap((name) =>
    process.env[name] === undefined ? [] : [[name, process.env[name]]],
  );
  return { ...Object.fromEntries(kept), NO_COLOR: '1', ...extra };
}

/** A client of the API at `base`, without a token. Throws what the service answers when it refuses. */
export function apiClient(base) {
  const call = async (path, init) => {
    const response = await fetch(`${base}${path}`, init);
    const text = await response.text();
    if (!response.ok)
      throw new Error(`${init?.method ?? 'GET'} ${path} answered ${response.status}: ${text}`);
    return JSON.parse(text);
  };
  return {
    ready: () =>
      waitFor('the orchestrator', async () => {
        const response = await fetch(`${base}/readyz`).catch(() => undefined);
        return response?.ok ? true : undefined;
      }),
    workers: () => call('/workers'),
    submit: (yaml) =>
      call('/api/v1/tasks', { method: 'POST', headers: { 'Content-Type': 'text/yaml' }, body: yaml }),
    tasks: () => call('/api/v1/tasks?limit=100'),
    result: (id) => call(`/api/v1/results/${id}`),
    files: (id) => call(`/api/v1/results/${id}/files`),
  };
}
