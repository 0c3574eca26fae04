/** What this machine has, in the words of the protocol: cores, memory, GPUs (by `nvidia-smi`), address. */
import { execFile } from 'node:child_process';
import { availableParallelism, cpus, networkInterfaces, totalmem } from 'node:os';
import { promisify } from 'node:util';
import type { JsonObject } from './protocol';

const run = promisify(execFile);
const MIB = 1024 * 1024;

/** The report for `hardware_json`. What cannot be found out is null or left empty, never guessed. */
export async function describeHardware(): Promise<JsonObject> {
  return {
    cpu: { logical_cores: availableParallelism(), model: cpus()[0]?.model ?? null },
    memory: { total_bytes: memoryBytes() },
    gpu: await describeGpus(),
    network: { ip: firstAddress() },
  };
}

/** Bytes this process may use: the container's limit where there is one, else what the machine has. */
function memoryBytes(): number {
  const limit = process.constrainedMemory();
  return limit > 0 && limit < totalmem() ? limit : totalmem();
}

async function describeGpus(): Promise<JsonObject> {
  const none = { driver_version: null, cuda_version: null, gpus: [] };
  try {
    const { stdout } = await run(
      'nvidia-smi',
      ['--query-gpu=index,name,uuid,memory.total,driver_version', '--format=csv,noheader,nounits'],
      { timeout: 5_000 },
    );
    return parseNvidiaSmi(stdout);
  } catch {
    return none; // no driver, no GPU
  }
}

/** Reads `index, name, uuid, memory.total [MiB], driver_version` lines. */
export function parseNvidiaSmi(csv: string): JsonObject {
  const rows = csv
    .split('\n')
    .map((line) => line.split(',').map((cell) => cell.trim()))
    .filter((cells) => cells.length === 5);
  return {
    driver_version: rows[0]?.[4] ?? null,
    cuda_version: null,
    gpus: rows.map(([index, name, uuid, memoryMib]) => ({
      index: Number(index),
      name: name ?? '',
      uuid: uuid ?? '',
      memory_total_bytes: Number.isFinite(Number(memoryMib)) ? Number(memoryMib) * MIB : null,
    })),
  };
}

function firstAddress(): string | null {
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { address, family, internal } of addresses ?? []) {
      if (family === 'IPv4' && !internal) return address;
    }
  }
  return null;
}
