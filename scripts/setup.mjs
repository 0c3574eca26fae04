// `npm run setup`: dependencies, redis-server and build, each only when missing or out of date.
import { setUp } from './lib/set-up.mjs';

try {
  await setUp((text) => console.log(text));
  console.log('everything is set up');
} catch (error) {
  console.error(error.message);
  process.exit(1);
}
