import type { Cluster } from '../../balance/cluster.ts';
import type { SharedState } from '../../balance/shared.ts';
import { Pools } from '../pools.ts';
import type { PoolFigures } from '../request.ts';
import { CallGates } from './call-gates.ts';
import { isAddress, type Destination } from './destination.ts';
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
  /** Where connections are counted, for upstreams that limit them. */
  readonly shared?: SharedState;
  /** The upstream of that id, as the newest snapshot has it. */
  cluster(id: string): Cluster | undefined;
  /** Addresses of the machine itself or of its link cannot be called, whatever a name leads to. */
  readonly foreignOnly?: boolean;
  /** A call ended: `ok`, `cancelled`, a code of errors.ts or `grpc-` and a status. */
  ended(plugin: string, upstream: string, outcome: string, seconds: number): void;
}

/** Everything that the plugins of one worker call, and the connections for it. */
export class Callouts {
  readonly #surroundings: Surroundings;
  readonly #roads: CallRoads;
  readonly #http2 = new Http2Sessions();
  readonly #redis = new RedisConnections();

  constructor(surroundings: Surroundings) {
    this.#roads = { pools: new Pools(surroundings.shared), gates: new CallGates() };
    this.#surroundings = surroundings;
  }

  cluster(id: string): Cluster | undefined {
    return this.#surroundings.cluster(id);
  }

  ended(plugin: string, upstream: string, outcome: string, seconds: number): void {
    this.#surroundings.ended(plugin, upstream, outcome, seconds);
  }

  http(to: Destination, request: CallRequest, listener: CallListener): Cancellable {
    return new HttpCall(this.#within(to), request, this.#roads, listener);
  }

  grpc(to: Destination, request: GrpcRequest, listener: GrpcListener): GrpcCall {
    return new GrpcCall(this.#within(to), request, this.#http2, listener);
  }

  redis(to: Destination, request: RedisRequest, listener: RedisListener): Cancellable {
    return new RedisCall(this.#within(to), request, this.#redis, listener);
  }

  /** The name of the one command that the bytes are. */
  redisCommand(bytes: Buffer): string | undefined {
    return commandName(bytes);
  }

  /** `found` hears of no addresses where there are none. */
  resolve(host: string, found: (addresses: readonly string[]) => void): Cancellable {
    return new DnsLookup(host, found);
  }

  /** That upstream has that endpoint no more. */
  drain(upstream: string, authority: string): void {
    this.#roads.pools.drain(upstream, authority);
  }

  /** Of the connections for calls over HTTP, by upstream. */
  get figures(): ReadonlyMap<string, PoolFigures> {
    return this.#roads.pools.figures;
  }

  /** Clusters know it themselves. */
  #within(to: Destination): Destination {
    return this.#surroundings.foreignOnly && isAddress(to) ? { ...to, foreignOnly: true } : to;
  }

  close(): void {
    this.#http2.close();
    this.#redis.close();
    this.#roads.pools.close();
  }
}
