/** What is measured, in the order of the table. */
import { bigResults } from './measures/big-results.mjs';
import { dispatch, width } from './measures/dispatch.mjs';
import { download } from './measures/download.mjs';
import { fanOut, hop } from './measures/hop.mjs';
import { bulk, intake } from './measures/intake.mjs';
import { largeResult } from './measures/large-result.mjs';
import { listing } from './measures/listing.mjs';
import { memory } from './measures/memory.mjs';
import { results } from './measures/results.mjs';
import { start } from './measures/start.mjs';
import { backlog, drain } from './measures/throughput.mjs';
import { upload } from './measures/upload.mjs';

export const measures = [
  ...[intake, bulk, dispatch, hop, backlog, drain, width, fanOut],
  ...[results, bigResults, largeResult, upload, download, memory, listing, start],
];
