/** Writes docs/values.md from the comments of charts/loom/values.yaml. `--check` only says whether it is stale. */
import { readFileSync, writeFileSync } from 'node:fs';
import { isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';

const source = 'charts/loom/values.yaml';
const file = 'docs/values.md';
const cell = (text: string): string => text.replaceAll('|', '\\|');

/** The text of a comment that begins with --, in one line. Throws where a value has none and needs one. */
function meaning(comment: string | null | undefined): string {
  const text = (comment ?? '')
    .split('\n')
    .map((line) => line.trim())
    .join(' ');
  return text.slice(text.indexOf('-- ') + 3).trim();
}

/** One row for each value, and for each group that says something of itself. */
function rows(map: YAMLMap, path = ''): string[] {
  return map.items.flatMap((pair, i) => {
    const { key, value } = pair;
    const name = `${path}${String(isScalar(key) ? key.value : key)}`;
    // What stands before the first key of a map, the parser gives to the map.
    const comment =
      (isScalar(key) ? key.commentBefore : undefined) ?? (i === 0 && path ? map.commentBefore : undefined);
    const text = comment?.includes('-- ') ? meaning(comment) : '';
    if (isMap(value) && value.items.length > 0) {
      return [...(text ? [`| \`${name}\` | | ${cell(text)} |`] : []), ...rows(value, `${name}.`)];
    }
    const fallback = JSON.stringify((value as { toJSON(): unknown } | null)?.toJSON() ?? null);
    return [`| \`${name}\` | \`${cell(fallback)}\` | ${cell(text)} |`];
  });
}

const document = parseDocument(readFileSync(source, 'utf8'));
const text = `# Values of the chart

Written by \`npm run generate\` from \`${source}\`. A value that does not exist, or is of another type, is refused by
\`values.schema.json\`. What a setting means is told in [loom-yaml.md](loom-yaml.md); how to install, in [install.md](install.md).

| value | default | meaning |
| --- | --- | --- |
${rows(document.contents as YAMLMap).join('\n')}
`;
const isStale = (() => {
  try {
    return readFileSync(file, 'utf8') !== text;
  } catch {
    return true;
  }
})();
if (process.argv.includes('--check')) {
  if (isStale) console.error(`${file} is not what ${source} says: run npm run generate`);
  process.exitCode = isStale ? 1 : 0;
} else if (isStale) {
  writeFileSync(file, text);
}
