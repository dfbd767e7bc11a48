import type { Diagnostic, LoadedPlugin } from '../runtime/messages.ts';
import type { ConditionState, ObjectStatus } from '../sources/objects.ts';
import type { Verdict } from '../sources/translate/verdict.ts';

const programmed: ConditionState = {
  type: 'Programmed',
  status: 'True',
  reason: 'Programmed',
  message: 'Every data worker serves it.',
};

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
): ReadonlyMap<string, ObjectStatus> {
  const found = new Map(diagnostics.map((d) => [`${d.kind}:${d.id}`, d]));
  const statuses = new Map<string, ObjectStatus>();
  for (const [key, verdict] of verdicts) {
    const { object, accepted, resolvedRefs, warnings } = verdict;
    const conditions = [accepted, resolvedRefs, programmedOf(key, verdict, plugins, found)];
    statuses.set(key, { object, conditions, warnings });
  }
  return statuses;
}

function programmedOf(
  key: string,
  verdict: Verdict,
  plugins: ReadonlyMap<string, LoadedPlugin>,
  found: ReadonlyMap<string, Diagnostic>,
): ConditionState {
  if (!verdict.served) return notProgrammed('Invalid', 'Nothing of this object is served.');
  if (verdict.accepted.reason === 'Invalid') {
    return notProgrammed('LastValidVersion', 'An earlier version is served, because this one is invalid.');
  }
  const plugin = key.startsWith('WasmPlugin:') ? plugins.get(verdict.id) : undefined;
  if (plugin?.problem !== undefined) {
    const serving = plugin.module ? ' The last version that could be loaded goes on being served.' : '';
    return notProgrammed('ModuleUnavailable', `${plugin.problem}.${serving}`);
  }
  const diagnostic = found.get(`${key.slice(0, key.indexOf(':'))}:${verdict.id}`);
  return diagnostic ? notProgrammed(diagnostic.reason, diagnostic.message) : programmed;
}
