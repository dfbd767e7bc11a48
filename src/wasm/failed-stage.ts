import { LoomError } from '../errors.ts';
import type { Stage } from '../middleware/middleware.ts';
import type { Policy } from '../model/plugin.ts';
import type { LoadedPlugin } from '../runtime/messages.ts';
import { visit } from './visit.ts';

/** In the place of a plugin that could not be loaded or configured; the policy is the one for that. */
export function failedStage(plugin: LoadedPlugin, policy: Policy, reason: string): Stage {
  return {
    name: `plugin:${plugin.id}`,
    request(exchange) {
      visit(exchange, this, plugin.id, policy === 'Open' ? 'skipped' : 'failed');
      if (policy === 'Closed') throw new LoomError('plugin-unavailable', `${plugin.id}: ${reason}`);
      return undefined;
    },
  };
}
