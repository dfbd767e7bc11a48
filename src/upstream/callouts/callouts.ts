import type { Cluster } from '../../balance/cluster.ts';
import { Pools } from '../pools.ts';
import { CallGates } from './call-gates.ts';
import type { Destination } from './destination.ts';
import { DnsLookup } from './dns-lookup.ts';
import { GrpcCall, type GrpcListener, type GrpcRequest } from './grpc-call.ts';
import { HttpCall, type CallListener, type CallRequest, type CallRoads } from './http-call.ts';
import { Http2Sessions } from './http2-sessions.ts';
import { RedisCall, RedisConnections, type RedisListener, type RedisRequest } from './redis-call.ts';
import { commandName } from '../redis/resp.ts';

/** What can be ended from outside; doing so late or twice does nothing. */
export interface Cancellable {
  cancel(): void;
}

interface Surroundings {
  /** The upstream of that id, as the newest snapshot has it. */
  cluster(id: string): Cluster | undefined;
  /** A call ended: `ok`, `cancelled`, a code of errors.ts or `grpc-` and a status. */
  ended(plugin: string, upstream: string, outcome: string, seconds: number): void;
}

/** Everything that the plugins of one worker call, and the connections for it. */
export class Callouts {
  readonly #surroundings: Surroundings;
  readonly #roads: CallRoads = { pools: new Pools(), gates: new CallGates() };
  readonly #http2 = new Http2Sessions();
  readonly #redis = new RedisConnections();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  cluster(id: string): Cluster | undefined {
    return this.#surroundings.cluster(id);
  }

  ended(plugin: string, upstream: string, outcome: string, seconds: number): void {
    this.#surroundings.ended(plugin, upstream, outcome, seconds);
  }

  http(to: Destination, request: CallRequest, listener: CallListener): Cancellable {
    return new HttpCall(to, request, this.#roads, listener);
  }

  grpc(to: Destination, request: GrpcRequest, listener: GrpcListener): GrpcCall {
    return new GrpcCall(to, request, this.#http2, listener);
  }

  redis(to: Destination, request: RedisRequest, listener: RedisListener): Cancellable {
    return new RedisCall(to, request, this.#redis, listener);
  }

  /** The name of the one command that the bytes are. */
  redisCommand(bytes: Buffer): string | undefined {
    return commandName(bytes);
  }

  /** `found` hears of no addresses where there are none. */
  resolve(host: string, found: (addresses: readonly string[]) => void): Cancellable {
    return new DnsLookup(host, found);
  }

  close(): void {
    this.#http2.close();
    this.#redis.close();
    this.#roads.pools.close();
  }
}
