/** What runs in a thread of the preparation pool. */
export { prepareRun as default } from './prepare-run';
