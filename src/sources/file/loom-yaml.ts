import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isRecord, type LoomKind } from '../../model/schema.ts';
import { fieldOf, type Problem } from '../../model/problem.ts';
import { expand } from '../shorthand.ts';
import { FileError, type Content, type Entry } from './content.ts';
import { objectName, withAbsolutePath } from './manifest.ts';
import { readSettings } from './settings.ts';
import type { FileProblem, Written } from './written.ts';

const sections = {
  routes: 'LoomRoute',
  upstreams: 'LoomUpstream',
  plugins: 'WasmPlugin',
  certificates: 'Secret',
  authorities: 'Secret',
  pull_secrets: 'Secret',
  password_files: 'Secret',
} as const;
type Section = keyof typeof sections;

/** Sections of Secrets made of files: type, and which file becomes which key. */
const secretSections = {
  certificates: {
    type: 'kubernetes.io/tls',
    parts: { cert: 'tls.crt', key: 'tls.key' },
    wanted: 'must be the path of a PEM file',
  },
  authorities: {
    type: 'Opaque',
    parts: { ca: 'ca.crt' },
    wanted: 'must be the path of a PEM file',
  },
  pull_secrets: {
    type: 'kubernetes.io/dockerconfigjson',
    parts: { path: '.dockerconfigjson' },
    wanted: 'must be the path of a docker config.json',
  },
  password_files: {
    type: 'Opaque',
    parts: { path: 'auth' },
    wanted: 'must be the path of a file as htpasswd -B writes it',
  },
} as const;
type SecretSection = keyof typeof secretSections;
const isSecretSection = (section: Section): section is SecretSection =>
  Object.hasOwn(secretSections, section);
type Fields = Readonly<Record<string, unknown>>;

interface Collected {
  readonly entries: Entry[];
  readonly problems: FileProblem[];
  readonly modules: string[];
  readonly parts: string[];
  readonly missing: string[];
}

/**
 * What a loom.yaml says: settings, and entries that become objects without a namespace. An entry without a usable name is a
 * problem and left out. Throws a FileError when the settings are wrong or a section is not a list.
 */
export function readLoomYaml(value: unknown, written: Written): Content {
  if (!isRecord(value))
    throw new FileError([written.problem('', 'must be a map of sections, such as listeners and routes')]);
  const faults: FileProblem[] = [];
  const all: Collected = { entries: [], problems: [], modules: [], parts: [], missing: [] };
  const rest: Record<string, unknown> = { ...value };
  for (const section of Object.keys(sections) as Section[]) {
    const list = rest[section] ?? [];
    delete rest[section];
    if (Array.isArray(list)) readSection(section, list, written, all);
    else faults.push(written.problem(`/${section}`, 'must be a list'));
  }
  const result = readSettings(rest, dirname(written.file));
  if ('problems' in result)
    faults.push(...result.problems.map(({ path, message }) => written.problem(path, message)));
  if (faults.length > 0 || !('settings' in result)) throw new FileError(faults);
  return { ...all, settings: result.settings };
}

function readSection(section: Section, list: readonly unknown[], written: Written, all: Collected): void {
  for (const [i, entry] of list.entries()) {
    const at = `/${section}/${i}`;
    if (!isRecord(entry)) {
      all.problems.push(written.problem(at, 'must be a map of fields'));
      continue;
    }
    const { id, name, ...fields } = entry;
    const problem = checkName(id, name);
    if (problem) all.problems.push(written.problem(at + problem.path, problem.message));
    else if (isSecretSection(section)) readSecret(section, String(id ?? name), fields, at, written, all);
    else readObject(sections[section], String(id ?? name), fields, at, written, all);
  }
}

/** `id` and `name` are the same: the first is usual for routes, the second for the rest. */
function checkName(id: unknown, name: unknown): Problem | undefined {
  if (id === undefined && name === undefined) return { path: '', message: 'needs a name' };
  if (id !== undefined && name !== undefined) return { path: '/id', message: 'cannot stand beside name' };
  const path = id === undefined ? '/name' : '/id';
  const text = id ?? name;
  if (typeof text === 'string' && text.length <= 253 && objectName.test(text)) return undefined;
  return {
    path,
    message:
      'must be a name of lower-case letters, digits, - and ., beginning and ending with a letter or digit',
  };
}

function readObject(
  kind: LoomKind,
  name: string,
  fields: Fields,
  at: string,
  written: Written,
  all: Collected,
): void {
  const { spec, problems } = expand(kind, fields);
  const tell = (problem: Problem): FileProblem => {
    // Expanded again: problems are rare, and the record of where everything came from is large.
    const told = expand(kind, fields).toWritten(problem);
    return { ...written.problem(at + told.path, told.message), field: fieldOf(at + told.path) };
  };
  const object = {
    apiVersion: 'loom.dev/v1alpha1',
    kind,
    metadata: { name },
    spec: kind === 'WasmPlugin' ? withAbsolutePath(spec, written.file, all.modules) : spec,
  };
  all.entries.push({ kind, object, written, problems: problems.map(tell), tell });
}

/** Files as the Secret that a route or plugin would name. */
function readSecret(
  section: SecretSection,
  name: string,
  fields: Fields,
  at: string,
  written: Written,
  all: Collected,
): void {
  const data: Record<string, string> = {};
  const { type, wanted } = secretSections[section];
  const parts: Readonly<Record<string, string>> = secretSections[section].parts;
  const problems: FileProblem[] = [];
  for (const key of Object.keys(fields)) {
    if (!Object.hasOwn(parts, key)) problems.push(written.problem(`${at}/${key}`, 'unknown field'));
  }
  for (const [field, key] of Object.entries(parts)) {
    const path = fields[field];
    if (typeof path !== 'string' || path === '') {
      problems.push(written.problem(`${at}/${field}`, path === undefined ? 'is required' : wanted));
      continue;
    }
    const file = resolve(dirname(written.file), path);
    all.parts.push(file);
    try {
      data[key] = readFileSync(file).toString('base64');
    } catch (error) {
      problems.push(
        written.problem(`${at}/${field}`, error instanceof Error ? error.message : String(error)),
      );
    }
  }
  if (problems.length > 0) {
    all.problems.push(...problems);
    all.missing.push(`Secret:${name}`);
    return;
  }
  const object = { apiVersion: 'v1', kind: 'Secret', type, metadata: { name }, data };
  const tell = ({ path, message }: Problem): FileProblem => written.problem(at + path, message);
  all.entries.push({ kind: 'Secret', object, written, problems: [], tell });
}
