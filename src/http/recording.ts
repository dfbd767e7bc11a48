import type { ResponseHead } from './exchange.ts';

/** What is written down of an exchange that is traced, beside what it says itself. */
export interface Recording {
  /** Does `run`, one phase of a plugin, and notes how long it took. Gives what it gives. */
  plugin<T>(id: string, phase: 'request' | 'response', run: () => T | Promise<T>): T | Promise<T>;
  /** A try at an upstream begins. Its request gets the fields that belong to it. */
  attempt(upstream: string, scheme: 'http' | 'https', endpoint: string): AttemptRecording;
}

/** Of one try: both are called, in any order. */
export interface AttemptRecording {
  /** The head of its response, or why there is none: an error with a code. */
  outcome(of: { readonly head: ResponseHead } | { readonly code: string; readonly message: string }): void;
  /** Nothing of it is under way any more. */
  readonly over: () => void;
}
