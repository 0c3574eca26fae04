/** The YAML that documents are written in: the 1.2 core schema, plus what documents written for PyYAML rely on. */
import type { DocumentOptions, ParseOptions, ScalarTag, SchemaOptions } from 'yaml';

/** PyYAML's own spellings; `y` and `n` are plain text there, and here. */
const TRUE_WORDS = /^(?:yes|Yes|YES|on|On|ON)$/;
const FALSE_WORDS = /^(?:no|No|NO|off|Off|OFF)$/;

const yesTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: TRUE_WORDS,
  resolve: () => true,
};

const noTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:bool',
  default: true,
  test: FALSE_WORDS,
  resolve: () => false,
};

/** `1_000_000`; without an underscore the core schema has read the number already. */
const underscoredIntTag: ScalarTag = {
  tag: 'tag:yaml.org,2002:int',
  default: true,
  test: /^[-+]?[1-9][0-9]*_[0-9_]*$/,
  resolve: (text) => Number(text.replaceAll('_', '')),
};

/**
 * Options of the `yaml` package. Its check for unique keys is quadratic and its alias resolution walks the whole
 * document for each alias, so `check-tree.ts` does both; merge keys (`<<`) are written out by `build-json.ts`.
 */
export const YAML_OPTIONS: ParseOptions & DocumentOptions & SchemaOptions = {
  version: '1.2',
  schema: 'core',
  resolveKnownTags: false,
  stringKeys: true,
  uniqueKeys: false,
  prettyErrors: false,
  strict: true,
  customTags: [yesTag, noTag, underscoredIntTag],
  logLevel: 'silent',
};
