/** Rewrites packages that are ES modules for Jest; Node itself, and the bundle, take them as they are. */
const { transformSync } = require('esbuild');

module.exports = {
  process: (text, file) => ({
    code: transformSync(text, { format: 'cjs', target: 'node20', sourcefile: file }).code,
  }),
};
