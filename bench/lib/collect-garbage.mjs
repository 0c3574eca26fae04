/**
 * Loaded before the service where memory is measured: SIGUSR2 collects all garbage, so that what is left is what is
 * needed. Nothing else about the process differs from one that runs for its users.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');
process.on('SIGUSR2', () => collect());
