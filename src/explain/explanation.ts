import type { ErrorCode } from '../errors.ts';
import type { Match, Retries, Timeouts } from '../model/model.ts';

/** A request that somebody asks about. */
export interface Question {
  readonly method: string;
  /** Absolute: `http://shop.example.com/cart?x=1`. */
  readonly url: string;
  /** As they would be sent; `Host` replaces that of the URL. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** Whom the connection comes from. */
  readonly client: string;
}

/** One way to a rule: a route, one of its hosts, and one match of one rule. */
export interface Way {
  readonly route: string;
  readonly rule: string;
  readonly host: string;
  readonly match: Match;
}

/** A way that the request does not take, with the reason. */
export interface OtherWay extends Way {
  readonly why: 'outranked' | 'host' | 'path' | 'method' | 'header' | 'query';
  /** For people. */
  readonly detail: string;
}

/** An endpoint that the request may go to. What a configuration alone cannot know is undefined. */
export interface Candidate {
  readonly address: string;
  readonly port: number;
  readonly weight: number;
  readonly priority?: number;
  readonly zone?: string;
  readonly healthy?: boolean;
  /** Why it is not. */
  readonly unhealthy?: string;
}

export interface ExplainedBackend {
  readonly upstream: string;
  /** Of all requests that get there, in percent. */
  readonly share: number;
  /** There is no such upstream, or the route may not use it. */
  readonly missing?: true;
  readonly protocol?: string;
  readonly loadBalancer?: string;
  readonly endpoints: readonly Candidate[];
}

export type ExplainedStage = { readonly middleware: string } | ExplainedPlugin;

interface ExplainedPlugin {
  readonly plugin: string;
  readonly phase?: string;
  readonly priority?: number;
  /** Why it does not run, and what requests get for it. */
  readonly problem?: string;
}

/** Everything that Loom would do with one request. */
export interface Explanation {
  /** As Loom reads it: the path normalised, fields that a client may not claim taken out. */
  readonly request: {
    readonly method: string;
    readonly scheme: string;
    readonly host: string;
    readonly path: string;
    readonly query: string;
    readonly headers: readonly (readonly [name: string, value: string])[];
  };
  readonly listener?: { readonly name: string; readonly address: string; readonly protocol: string };
  /** Answered before anything is routed. */
  readonly refused?: { readonly code: ErrorCode; readonly status: number; readonly detail: string };
  readonly redirected?: { readonly status: number; readonly location: string };
  /** The way that it takes; undefined with none. */
  readonly taken?: Way & {
    readonly params: Readonly<Record<string, string>>;
    readonly matchedPrefix: string;
    /** In the order in which they see the request. */
    readonly stages: readonly ExplainedStage[];
    /** Empty where a stage answers. */
    readonly backends: readonly ExplainedBackend[];
    readonly timeouts: Timeouts;
    readonly retries?: Retries;
  };
  /** The nearest first. */
  readonly others: readonly OtherWay[];
  /** Those that are not listed. */
  readonly othersLeftOut: number;
}
