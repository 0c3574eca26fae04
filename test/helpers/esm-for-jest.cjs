/**
 * Jest loads CommonJS; Node itself, and the bundle, take packages that are ES modules as they are. Those that the
 * service uses are rewritten here for tests.
 */
const { transformSync } = require('esbuild');

module.exports = {
  process: (text, file) => ({
    code: transformSync(text, { format: 'cjs', target: 'node20', sourcefile: file }).code,
  }),
};
