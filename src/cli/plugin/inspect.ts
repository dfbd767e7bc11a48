import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { inspectModule, type Inspection } from '../../wasm/inspect.ts';
import { UsageError, type Command } from '../command.ts';
import { byteText } from './byte-text.ts';

export const inspect: Command = {
  usage: '[--json] MODULE.wasm',
  summary: 'Says what a module is, what it imports and what it would have to be granted, without running it.',
  details: `  --json   everything, as JSON

  Exit code 1 when Loom would not load the module.`,
  run: async (args) => {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: { json: { type: 'boolean' } },
    });
    const [file, ...more] = positionals;
    if (file === undefined || more.length > 0) throw new UsageError('takes one module');
    const seen = await inspectModule(await readFile(file));
    console.log(values.json ? JSON.stringify(seen, null, 2) : report(file, seen));
    return seen.problem === undefined ? 0 : 1;
  },
};

function report(file: string, seen: Inspection): string {
  const { memory, grants } = seen;
  const families = grants.filter((grant) => grant !== 'Calls');
  const facts: readonly (readonly [string, string])[] = [
    ['size', byteText(seen.bytes)],
    ['sha256', seen.sha256],
    ['abi', seen.abi ?? 'none that Loom speaks'],
    ['sdk', seen.sdk === undefined ? 'not to be told' : `${seen.sdk}, by the looks of it`],
    ...Object.entries(seen.producers).map(([field, values]) => [field, values.join(', ')] as const),
    ['memory', memory ? `${byteText(memory.initial)}, ${limit(memory.maximum)}` : 'none of its own'],
    ['names', seen.named ? 'a trap names functions' : 'none: a trap shows function numbers'],
    ['grants', grants.length === 0 ? 'those that every plugin has' : ''],
    ...(families.length > 0 ? [['', `capabilities.allow: [${families.join(', ')}]`] as const] : []),
    ...(grants.includes('Calls') ? [['', 'capabilities.upstreams, to make calls'] as const] : []),
  ];
  const lists = [
    ['callbacks', seen.callbacks],
    ['imports', seen.imports.map(({ module, name, state }) => `${module}.${name}${marks[state]}`)],
    ['other exports', seen.otherExports],
    [
      'sections',
      seen.sections.map(
        ({ name, custom, bytes: size }) => `${custom ? `custom ${name}` : name}, ${byteText(size)}`,
      ),
    ],
  ] as const;
  return [
    file,
    ...facts.map(([name, value]) => `  ${name.padEnd(14)}${value}`.trimEnd()),
    ...lists.flatMap(([name, lines]) => [`  ${name}`, ...lines.map((line) => `    ${line}`)]),
    ...(seen.problem === undefined ? [] : [`refused: ${seen.problem}`]),
  ].join('\n');
}

const marks = {
  implemented: '',
  missing: '  (not implemented: answers UNIMPLEMENTED)',
  unknown: '  (unknown: answers UNIMPLEMENTED)',
} as const;

const limit = (maximum: number | undefined): string =>
  maximum === undefined ? 'no maximum of its own' : `at most ${byteText(maximum)}`;
