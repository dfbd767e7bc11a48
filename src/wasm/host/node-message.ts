import { hostname } from 'node:os';
import { writeMessage } from '../abi/protobuf.ts';

/** `envoy.config.core.v3.Node` as far as Loom has it: 1 id, 2 cluster, 6 user_agent_name. */
const fields = { id: hostname(), cluster: 'loom', user_agent_name: 'loom' } as const;

export const nodeMessage = writeMessage([
  [1, fields.id],
  [2, fields.cluster],
  [6, fields.user_agent_name],
]);

/** A field of it by name. */
export const nodeField = (name: string): string | undefined => new Map(Object.entries(fields)).get(name);
