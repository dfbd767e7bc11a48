import type { Route } from '../model/model.ts';
import type { Diagnostic, LoadedPlugin } from '../runtime/messages.ts';
import type { ConditionState, ObjectStatus } from '../sources/objects.ts';
import type { Verdict } from '../sources/translate/verdict.ts';

const programmed: ConditionState = {
  type: 'Programmed',
  status: 'True',
  reason: 'Programmed',
  message: 'Every data worker serves it.',
};

/** Functions that a condition names: its message must stay readable. */
const maxNamed = 10;

const notProgrammed = (reason: string, message: string): ConditionState => ({
  type: 'Programmed',
  status: 'False',
  reason,
  message,
});

/** Verdicts of the translation, findings of the loader and of the workers, as the status of each object. */
export function toStatuses(
  verdicts: ReadonlyMap<string, Verdict>,
  plugins: ReadonlyMap<string, LoadedPlugin>,
  diagnostics: readonly Diagnostic[],
  routes: ReadonlyMap<string, Route>,
): ReadonlyMap<string, ObjectStatus> {
  const found = new Map(diagnostics.map((d) => [`${d.kind}:${d.id}`, d]));
  const statuses = new Map<string, ObjectStatus>();
  for (const [key, verdict] of verdicts) {
    const { object, accepted, resolvedRefs, warnings } = verdict;
    const plugin = key.startsWith('WasmPlugin:') ? plugins.get(verdict.id) : undefined;
    const refs = plugin && resolvedRefs.status === 'True' ? suppliedOf(plugin, resolvedRefs) : resolvedRefs;
    const conditions = [
      plugin ? withMissing(accepted, plugin.unimplemented ?? []) : accepted,
      refs,
      programmedOf(key, verdict, plugins, found, routes),
    ];
    statuses.set(key, { object, conditions, warnings });
  }
  return statuses;
}

/** A module may import more than Loom has: it runs, and whoever looks why it does not do all that it should finds it here. */
function withMissing(told: ConditionState, functions: readonly string[]): ConditionState {
  if (told.status !== 'True' || functions.length === 0) return told;
  const more = functions.length > maxNamed ? ` and ${functions.length - maxNamed} more` : '';
  const names = functions.slice(0, maxNamed).join(', ');
  return {
    ...told,
    reason: 'UnknownImports',
    message: `${told.message} The module imports functions that Loom does not have: ${names}${more}. They answer UNIMPLEMENTED.`,
  };
}

/** What the supply found out about the source of a plugin, beyond what the translation saw. */
function suppliedOf(
  { problem, problemReason, origin, digest }: LoadedPlugin,
  told: ConditionState,
): ConditionState {
  if (problem !== undefined && problemReason !== undefined) {
    const status = problemReason === 'Fetching' ? 'Unknown' : 'False';
    return { type: 'ResolvedRefs', status, reason: problemReason, message: `${problem}.` };
  }
  if (!origin) return told;
  const pinned = origin.matched ? ` sha256 is that of the ${origin.matched}.` : '';
  const signed = origin.signed ? ' Its signature is good.' : '';
  return { ...told, message: `The module sha256:${digest} is from ${origin.from}.${pinned}${signed}` };
}

function programmedOf(
  key: string,
  verdict: Verdict,
  plugins: ReadonlyMap<string, LoadedPlugin>,
  found: ReadonlyMap<string, Diagnostic>,
  routes: ReadonlyMap<string, Route>,
): ConditionState {
  if (!verdict.served) return notProgrammed('Invalid', 'Nothing of this object is served.');
  if (verdict.accepted.reason === 'Invalid') {
    return notProgrammed('LastValidVersion', 'An earlier version is served, because this one is invalid.');
  }
  const plugin = key.startsWith('WasmPlugin:') ? plugins.get(verdict.id) : undefined;
  if (plugin?.problem !== undefined) {
    const serving = plugin.module ? ' The last version that could be loaded goes on being served.' : '';
    const reason = plugin.problemReason === 'Fetching' ? 'Fetching' : 'ModuleUnavailable';
    return notProgrammed(reason, `${plugin.problem}.${serving}`);
  }
  const closed = key.startsWith('LoomRoute:')
    ? (closedBy(routes.get(verdict.id), plugins) ?? failedFor(verdict.id, found))
    : undefined;
  if (closed !== undefined) return notProgrammed('PluginUnavailable', closed);
  const diagnostic = found.get(`${key.slice(0, key.indexOf(':'))}:${verdict.id}`);
  return diagnostic ? notProgrammed(diagnostic.reason, diagnostic.message) : programmed;
}

/** A plugin of the route that does not start, refuses its configuration or keeps failing. */
function failedFor(route: string, found: ReadonlyMap<string, Diagnostic>): string | undefined {
  for (const { id, closed, message } of found.values()) {
    if (closed?.includes(route)) return `Requests get 503, because of the plugin ${id}: ${message}`;
  }
  return undefined;
}

/** A rule that only answers 503 because a plugin has no module: its users must not be told that all is well. */
function closedBy(route: Route | undefined, plugins: ReadonlyMap<string, LoadedPlugin>): string | undefined {
  for (const rule of route?.rules ?? []) {
    for (const use of rule.plugins) {
      const plugin = plugins.get(use.plugin);
      if (!plugin || plugin.module || plugin.failurePolicy.fetch === 'Open') continue;
      return `Rule ${rule.name} answers 503, because the plugin ${plugin.id} is not loaded.`;
    }
  }
  return undefined;
}
