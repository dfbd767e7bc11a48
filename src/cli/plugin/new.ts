import { existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { parseArgs } from 'node:util';
import { embedded, embeddedUnder } from '../../embedded.ts';
import { UsageError, type Command } from '../command.ts';

/** Of `plugins/`, which lies beside both src/ and dist/. Nothing where Loom is one file. */
const repository = join(import.meta.dirname, '../../..');
const languages = ['assemblyscript', 'rust', 'go'] as const;
type Language = (typeof languages)[number];

/** What packages of all three languages, files and entries of a loom.yaml may be called. */
const namePattern = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;

const options = { lang: { type: 'string', default: 'assemblyscript' } } as const;

export const create: Command = {
  usage: '[--lang assemblyscript|rust|go] NAME',
  summary: 'Makes a folder with a plugin that builds and passes its tests.',
  details: `  AssemblyScript, a dialect of TypeScript, needs nothing but npm; the SDK of Loom is copied into the folder.`,
  run: async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [name, ...more] = positionals;
    if (name === undefined || more.length > 0) throw new UsageError('takes one name');
    if (!namePattern.test(name) || name.length > 63) {
      throw new UsageError(
        `${JSON.stringify(name)} is no name: lower-case letters, digits and single -, a letter first`,
      );
    }
    const language = languages.find((known) => known === values.lang);
    if (!language) throw new UsageError(`--lang must be one of ${languages.join(', ')}`);
    if (existsSync(name) && readdirSync(name).length > 0) throw new Error(`the folder ${name} is not empty`);
    scaffold(name, language);
    console.log([`${name}: a plugin in ${titles[language]}. Next:`, ...next(name, language)].join('\n  '));
    return 0;
  },
};

const titles: Readonly<Record<Language, string>> = {
  assemblyscript: 'AssemblyScript',
  rust: 'Rust',
  go: 'Go',
};

const next = (name: string, language: Language): readonly string[] => [
  `cd ${name}`,
  ...(language === 'assemblyscript' ? ['npm install'] : []),
  'loom plugin build',
  'loom plugin test',
];

function scaffold(name: string, language: Language): void {
  const tree: [from: string, to: string][] = [
    [`plugins/templates/${language}`, name],
    ['plugins/templates/test.yaml', join(name, `${name}.test.yaml`)],
  ];
  if (language === 'assemblyscript') {
    tree.push(['plugins/sdk/package.json', join(name, 'sdk/package.json')]);
    tree.push(['plugins/sdk/assembly', join(name, 'sdk/assembly')]);
  }
  for (const [from, to] of tree) {
    for (const path of filesAt(from)) {
      // Under its own name it would apply to the template.
      const target = join(to, path.slice(from.length)).replace(/(^|\/)gitignore$/, '$1.gitignore');
      mkdirSync(dirname(target), { recursive: true });
      writeFileSync(target, textOf(path).replaceAll('{{name}}', name));
    }
  }
}

/** The file at a path of the repository, or all below the folder there. */
function filesAt(path: string): readonly string[] {
  const inside = embeddedUnder(path);
  if (inside) return inside.length > 0 ? inside : [path];
  if (statSync(join(repository, path)).isFile()) return [path];
  return readdirSync(join(repository, path), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(repository, join(entry.parentPath, entry.name)));
}

const textOf = (path: string): string => embedded(path) ?? readFileSync(join(repository, path), 'utf8');
