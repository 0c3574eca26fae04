// `npm run client:tools`: installs what docs/openapi.json is tried with in Python into `.cache`; without it those suites
// are skipped.
import { stopRunning } from './lib/processes.mjs';
import { installPythonTools } from './lib/python-tools.mjs';
import { setUp } from './lib/set-up.mjs';

const say = (text) => console.log(text);
try {
  // Both wait for the network most of the time.
  await Promise.all([setUp(say), installPythonTools(say)]);
} catch (error) {
  stopRunning();
  console.error(error.message);
  process.exit(1);
}
