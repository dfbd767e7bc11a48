import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { UsageError, type Command } from '../command.ts';

/** `plugins/` of the repository, which lies beside both src/ and dist/. */
const plugins = join(import.meta.dirname, '../../../plugins');
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
  mkdirSync(name, { recursive: true });
  cpSync(join(plugins, 'templates', language), name, { recursive: true });
  cpSync(join(plugins, 'templates/test.yaml'), join(name, `${name}.test.yaml`));
  // Under its own name it would apply to the template.
  renameSync(join(name, 'gitignore'), join(name, '.gitignore'));
  for (const entry of readdirSync(name, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const file = join(entry.parentPath, entry.name);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('{{name}}', name));
  }
  if (language !== 'assemblyscript') return;
  cpSync(join(plugins, 'sdk/package.json'), join(name, 'sdk/package.json'));
  cpSync(join(plugins, 'sdk/assembly'), join(name, 'sdk/assembly'), { recursive: true });
}
