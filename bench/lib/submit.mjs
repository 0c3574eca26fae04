/** Submits a document as a client does that does nothing else, since the time it takes may be in what is measured. */
import { submission } from './documents.mjs';
import { post } from './post.mjs';

/** The tasks of the document. Throws when it is not taken. */
export async function submit(url, document) {
  const { headers, body } = submission(document);
  const { status, text } = await post(url, headers, body);
  if (status !== 201) throw new Error(`${url} answered ${status}: ${text.slice(0, 500)}`);
  return JSON.parse(text).tasks;
}
