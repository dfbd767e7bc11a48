import { bufferType, mapType, streamType } from '../abi/enums.ts';
import type { GuestCallback, GuestCallbacks } from '../guest-callbacks.ts';

/** One of the two ways through a plugin, in the numbers and names that the ABI has for it. */
export interface Way {
  readonly type: 0 | 1;
  readonly headersMap: number;
  readonly trailersMap: number;
  readonly buffer: number;
  /** Functions, since a key that varies makes the look-up slow. */
  readonly body: (of: GuestCallbacks) => GuestCallback | undefined;
  readonly trailers: (of: GuestCallbacks) => GuestCallback | undefined;
  /** Labels of `loom_plugin_duration_seconds`. */
  readonly bodyLabel: string;
  readonly trailersLabel: string;
}

export const requestWay: Way = {
  type: streamType.request,
  headersMap: mapType.requestHeaders,
  trailersMap: mapType.requestTrailers,
  buffer: bufferType.requestBody,
  body: ({ requestBody }) => requestBody,
  trailers: ({ requestTrailers }) => requestTrailers,
  bodyLabel: 'on_request_body',
  trailersLabel: 'on_request_trailers',
};

export const responseWay: Way = {
  type: streamType.response,
  headersMap: mapType.responseHeaders,
  trailersMap: mapType.responseTrailers,
  buffer: bufferType.responseBody,
  body: ({ responseBody }) => responseBody,
  trailers: ({ responseTrailers }) => responseTrailers,
  bodyLabel: 'on_response_body',
  trailersLabel: 'on_response_trailers',
};
