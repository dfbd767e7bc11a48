import type { KubeObject } from '../../api/core.ts';
import { isRecord } from '../../model/schema.ts';
import { ApiError, UnreadableError } from './api-error.ts';

/** One event of a watch. A BOOKMARK carries nothing but a version. */
export interface WatchEvent {
  readonly type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK';
  readonly object: KubeObject;
  /** Opaque: only to be given back to the server. */
  readonly version: string;
}

/** One line of a watch. Throws an ApiError for an ERROR event, an UnreadableError for what is no event. */
export function toWatchEvent(line: string): WatchEvent {
  let event: unknown;
  try {
    event = JSON.parse(line);
  } catch (error) {
    throw new UnreadableError('it is no JSON', error);
  }
  if (!isRecord(event) || !isRecord(event['object'])) throw new UnreadableError('it has no object');
  const { type, object } = event;
  if (type === 'ERROR') throw new ApiError(typeof object['code'] === 'number' ? object['code'] : 500, object);
  if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') {
    throw new UnreadableError(`its type is ${JSON.stringify(type)}`);
  }
  const { metadata } = object;
  if (!isRecord(metadata) || typeof metadata['resourceVersion'] !== 'string') {
    throw new UnreadableError('its object has no resourceVersion');
  }
  if (type !== 'BOOKMARK' && typeof metadata['name'] !== 'string') {
    throw new UnreadableError('its object has no name');
  }
  return { type, object: object as unknown as KubeObject, version: metadata['resourceVersion'] };
}
