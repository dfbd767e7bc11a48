import type { AbiVersion } from '../abi/version.ts';
import type { Need } from './grants.ts';
import type { Host } from './host.ts';

/** i: i32, as a number of any sign; I: i64, as a bigint. */
type Params = string;

/** The body of a host function: gets the Host, then its parameters; returns a status (WASI: an errno). */
export type HostFunctionBody = (host: Host, ...args: never[]) => number;

/** One line of the registry. Without `run` it is a function of the ABI that Loom does not have yet. */
export interface HostFunction {
  readonly module: 'env' | 'wasi_snapshot_preview1';
  readonly name: string;
  readonly params: Params;
  /** The first ABI that has it, or the host whose extension it is. */
  readonly since: AbiVersion | 'WASI' | 'Envoy' | 'emscripten';
  /** What the plugin must be granted. Without: always there. */
  readonly needs?: Need;
  readonly run?: HostFunctionBody;
}
