/**
 * The process starts here: with the service as one file, where the build has made that, or else module by module, which
 * does the same and takes three times as long.
 */
import { join } from 'node:path';
import { openBundle } from './bundle';
import type * as Service from './service';

async function main(): Promise<void> {
  const bundle = openBundle<typeof Service>(join(__dirname, 'service.bundle.js'));
  const { serve } = bundle?.exports ?? (await import('./service.js'));
  await serve();
}

void main();
