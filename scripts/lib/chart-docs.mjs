// The chart's README out of the comments in values.yaml: every value, its default, and what it is for.
import { isMap, parseDocument } from 'yaml';

const HEAD = `# Helm chart

<!-- Made by \`npm run docs:chart\` from values.yaml. Do not edit. -->

\`\`\`sh
helm install orchestrator ./helm --namespace ml --create-namespace --set redis.url=redis://redis.data.svc:6379/0
helm test orchestrator --namespace ml
\`\`\`

[docs/KUBERNETES.md](../docs/KUBERNETES.md) says how to size, upgrade and watch it; [ci](ci) has whole files of values:
the least there can be, everything in one to try it out, a bucket in the place of the volume, and everything switched on.
It needs Kubernetes 1.30 or newer.

## Values
`;

/**
 * `[{path, fallback, text}]` of values.yaml, in its order; a map whose parts have comments of their own has no `fallback`
 * and is followed by them. Throws for a value without a comment.
 */
export function readValues(source) {
  const values = [];
  visit(parseDocument(source).contents, [], values);
  return values;
}

function visit(map, above, values) {
  for (const [index, { key, value }] of map.items.entries()) {
    const path = [...above, key.value].join('.');
    // The comment above the first entry of a map is kept with the map.
    const text = lastParagraph(key.commentBefore ?? (index === 0 ? map.commentBefore : undefined));
    const hasParts = isMap(value) && value.items.length > 0;
    if (hasParts && (text === undefined || isExplained(value))) {
      if (text !== undefined) values.push({ path, text });
      visit(value, [...above, key.value], values);
    } else if (text === undefined) throw new Error(`values.yaml: ${path} has no comment above it`);
    else values.push({ path, fallback: value.toJSON(), text });
  }
}

const isExplained = (map) =>
  map.commentBefore !== undefined || map.items.some(({ key }) => key.commentBefore !== undefined);

/** What stands above with an empty line in between is about the file. */
const lastParagraph = (comment) =>
  comment
    ?.split(/\n\s*\n/)
    .at(-1)
    .split('\n')
    .map((line) => line.trim())
    .join(' ');

export function renderChartDocs(source) {
  const rows = readValues(source).map(({ path, fallback, text }) => {
    const shown = fallback === undefined ? '' : `\`${JSON.stringify(fallback)}\``;
    return `| \`${path}\` | ${shown} | ${text.replaceAll('|', '\\|')} |`;
  });
  return `${HEAD}\n| Value | Default | |\n|---|---|---|\n${rows.join('\n')}\n`;
}
