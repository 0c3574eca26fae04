/** How much one document may ask for. Each limit is far above what documents in use need. */

/** Maps and lists inside one another. */
export const MAX_DEPTH = 100;
/** Values that aliases and merge keys may add to what the text itself spells out. */
export const MAX_ALIASED_VALUES = 50_000;
/** Characters of text that aliases and merge keys may add. */
export const MAX_ALIASED_CHARS = 4 * 1024 * 1024;
/** Characters of all task documents of one submission together, counted as JSON. */
export const MAX_EXPANDED_CHARS = 64 * 1024 * 1024;
/** `${` in one document, whether or not they are placeholders. */
export const MAX_PLACEHOLDERS = 10_000;
/** Dependencies and references of all tasks of one document together. */
export const MAX_LINKS = 500_000;
/** Mistakes that one answer lists. */
export const MAX_ISSUES = 100;
export const MAX_NAME_LENGTH = 200;
export const MAX_SHARDS = 10_000;
export const MAX_REPLICAS = 10_000;
export const MAX_RETRIES = 1_000;
export const MAX_RETRY_DELAY_SEC = 30 * 86_400;
/** Either way; what lies beyond counts as this much. */
export const MAX_PRIORITY = 1_000;
