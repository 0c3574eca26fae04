/** What runs in a thread that reads what workers have left. */
export { readLeft as default } from './read-left';
