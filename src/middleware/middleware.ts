import type { Exchange, ResponseHead } from '../http/exchange.ts';
import type { BodySource } from '../http/body.ts';
import type { CounterCell } from '../telemetry/series.ts';
import type { PasswordLists } from './basic-auth/password-lists.ts';
import type { KeySets } from './jwt/key-sets.ts';
import type { BucketTable } from './rate-limit/bucket-table.ts';
import type { SharedBuckets } from './rate-limit/shared-buckets.ts';

/** An answer made in Loom instead of by an upstream. */
export interface Reply {
  readonly head: ResponseHead;
  readonly body: BodySource | Buffer | undefined;
}

/**
 * One thing that happens to the requests of a rule. Built once when the rule is compiled; per exchange only the hooks run.
 * A hook that has nothing to wait for returns a plain value: the chain then costs no promise.
 */
export interface Stage {
  readonly name: string;
  /** Before the upstream. A Reply ends the way there: it goes back through the response hooks of the stages entered so far, this one included. */
  request?(exchange: Exchange): Reply | undefined | Promise<Reply | undefined>;
  /** After the head of the response is known (`exchange.response`), in reverse order. A Reply replaces the response. */
  response?(exchange: Exchange): Reply | undefined | Promise<Reply | undefined>;
  /** After the last byte, whatever happened, and before any `finish`; for entered stages only. Must not throw. */
  log?(exchange: Exchange): void;
  /** In the place of `log`, for a stage that was not entered because an earlier one ended the way. Must not throw. */
  missed?(exchange: Exchange): void;
  /** After every `log` and `missed`, for stages that were entered or have a `missed`. Must not throw. */
  finish?(exchange: Exchange): void;
  /** Gives back what the stage holds (plugin instances) when no request uses it any more. */
  close?(): void;
}

/** A kind of stage with settings of its own; one file each, one line in the registry. */
export interface Middleware<Settings> {
  readonly name: string;
  /** Smaller runs earlier on requests. Each file says why it stands where it stands. */
  readonly order: number;
  /** Settings are valid: the model's defaults are filled in and its validation has passed. */
  compile(settings: Settings, site: Site): Stage;
}

/** What stages use of the worker that they run in. */
export interface Services {
  /** Of loom_middleware_requests_total. */
  counter(route: string, rule: string, middleware: string, outcome: string): CounterCell;
  /** Those of all workers. */
  readonly buckets: BucketTable;
  /** Keys of tokens that stand behind URLs. */
  readonly keySets: KeySets;
  /** Users and what was found out about their passwords. */
  readonly passwords: PasswordLists;
  /**
   * Sends an exchange to an upstream by its id and gives the head and body of the response, all within that time. Rejects with
   * LoomError.
   */
  send(exchange: Exchange, upstream: string, timeoutMs: number): Promise<Reply>;
  /** Those of all replicas; undefined where there is no store for them. */
  readonly sharedBuckets?: SharedBuckets | undefined;
  /** Makes what decides anew whether an exchange is recorded, where its trace begins here; undefined where there is no tracing. */
  readonly resample?: ((ratio: number) => (exchange: Exchange) => void) | undefined;
}

/** Where a stage stands, with what it may use there. Called when a rule is compiled, never for a request. */
export interface Site extends Omit<Services, 'counter'> {
  readonly route: string;
  readonly rule: string;
  /** Outcomes are words of the middleware's own, few and fixed. */
  counter(outcome: string): CounterCell;
}
