import { artifactReaders } from '../artifacts/artifact.ts';
import { PluginLoader } from '../artifacts/loader.ts';
import type { KubeObject } from '../api/core.ts';
import type { Model } from '../model/model.ts';
import { isRecord } from '../model/schema.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import { FileError, type Content } from '../sources/file/content.ts';
import { readLoomYaml } from '../sources/file/loom-yaml.ts';
import { problemsOf } from '../sources/file/told.ts';
import { keyOf, kinds, type ObjectSet } from '../sources/objects.ts';
import { Translator } from '../sources/translate/translator.ts';
import { loggerTo } from '../telemetry/log.ts';
import { Guard } from '../wasm/vm/budget/guard.ts';
import type { ReadSections } from './sections.ts';

type Sections = Readonly<Record<string, unknown>>;

/** What is to be played: a whole configuration with its modules, loaded. */
export interface Plan {
  readonly model: Model;
  readonly plugins: ReadonlyMap<string, LoadedPlugin>;
  /** Ends calls of plugins that compute too long; to be closed when all is played. */
  readonly guard: Guard;
}

/** Always there, and where requests end that no route takes elsewhere. */
export const harnessUpstream = 'harness-upstream';
/** The longest that a plugin may pause an exchange when the routes are not given. */
const timeout = '10s';

/**
 * A loom.yaml, read, validated, translated and loaded by the parts that serve it. Without `routes` one route takes every
 * request through all plugins; upstreams that plugins may call need not be listed, for nothing is sent anywhere. Rejects with a
 * FileError that names the places of what is wrong.
 */
export async function makePlan({ sections, written }: ReadSections): Promise<Plan> {
  const content = readLoomYaml(withEnds(sections), written);
  const problems = [...content.problems, ...content.entries.flatMap(problemsOf)];
  if (problems.length > 0) throw new FileError(problems);
  const objects = objectsOf(content);
  const { model, verdicts } = new Translator().translate(objects);
  for (const { id, accepted, resolvedRefs } of verdicts.values()) {
    const refused = [accepted, resolvedRefs].find(({ status }) => status === 'False');
    if (refused) throw new Error(`${written.file}: ${id}: ${refused.message}`);
  }
  // What it would tell of a plugin that does not load is in the result too.
  const silent = loggerTo(() => undefined, 'silent');
  const guard = new Guard(1, silent);
  const loader = new PluginLoader(
    artifactReaders(() => objects),
    (bytes) => guard.compile(bytes),
    silent,
  );
  const plugins = await loader.load(model.plugins);
  for (const { id, problem } of plugins.values()) {
    const at = content.entries.find(({ kind, object }) => kind === 'WasmPlugin' && keyOf(object) === id);
    if (problem === undefined || !at) continue;
    await guard.close();
    throw new FileError([at.tell({ path: '/spec/source', message: problem })]);
  }
  return { model, plugins, guard };
}

function withEnds(sections: Sections): Sections {
  // What is wrong with a section or an entry is for validation, which comes later.
  const plugins = recordsIn(sections['plugins']);
  const known = new Set(recordsIn(sections['upstreams']).map(({ name }) => name));
  const wanted = new Set([harnessUpstream, ...plugins.flatMap(calledUpstreams)]);
  const made = [...wanted.difference(known)].map((name) => ({ name, endpoints: ['127.0.0.1:9'] }));
  const { upstreams = [], routes } = sections;
  const names = plugins.map(({ name }) => name);
  return {
    ...sections,
    upstreams: Array.isArray(upstreams) ? [...(upstreams as readonly unknown[]), ...made] : upstreams,
    routes: routes ?? [{ id: 'harness', path: '/*', upstream: harnessUpstream, plugins: names, timeout }],
  };
}

const recordsIn = (list: unknown): readonly Readonly<Record<string, unknown>>[] =>
  Array.isArray(list) ? list.filter(isRecord) : [];

/** Those that a plugin may call by a bare name. */
function calledUpstreams({ capabilities }: Readonly<Record<string, unknown>>): readonly string[] {
  const names = isRecord(capabilities) ? capabilities['upstreams'] : undefined;
  if (!Array.isArray(names)) return [];
  return names.filter((name): name is string => typeof name === 'string' && /^[a-z0-9.-]+$/.test(name));
}

function objectsOf({ entries }: Content): ObjectSet {
  const objects = Object.fromEntries(kinds.map((kind) => [kind, new Map<string, KubeObject>()]));
  for (const { kind, object } of entries) objects[kind]?.set(keyOf(object), object);
  return objects as unknown as ObjectSet;
}
