/** Loaded before the service: says at the end of the process how many files were loaded as modules. */
process.on('exit', () => {
  require('node:fs').writeSync(1, `${Object.keys(require.cache).length} modules\n`);
});
