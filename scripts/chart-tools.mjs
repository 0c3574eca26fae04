// `npm run chart:tools`: installs what the chart is checked with into `.cache`; without it the chart's suites are skipped.
import { installChartTools } from './lib/chart-tools.mjs';
import { stopRunning } from './lib/processes.mjs';
import { setUp } from './lib/set-up.mjs';

const say = (text) => console.log(text);
try {
  // Building helm waits for the compiler, the packages for the network: both at once.
  const packages = setUp(say);
  const yaml = packages.then(() => import('yaml'));
  await Promise.all([packages, installChartTools(say, yaml)]);
} catch (error) {
  stopRunning();
  console.error(error.message);
  process.exit(1);
}
