import type { BodySource } from '../../http/body.ts';
import type { Entered } from '../plugin-instance.ts';
import { BodyFilter } from './body-filter.ts';
import { GuestSide, type FilterSettings } from './guest-side.ts';
import { bodyBehind } from './message-body.ts';
import { requestWay, type Way } from './way.ts';

/** Makes the filters of one stage: only for plugins that have something to do with what follows a head. */
export class BodyFilters {
  readonly #settings: FilterSettings;

  constructor(settings: FilterSettings) {
    this.#settings = settings;
  }

  /** Undefined when nothing follows the head, or the plugin lets it go by. */
  behind(entered: Entered, way: Way): BodyFilter | undefined {
    const { guest, stream } = entered;
    // Made in the headers callback, for what the guest injected.
    const there = stream.body(way);
    if (there) return there;
    const source = bodyBehind(stream.exchange, way);
    if (source === undefined) return undefined;
    const { callbacks } = guest;
    if (!way.body(callbacks) && (Buffer.isBuffer(source) || !way.trailers(callbacks))) return undefined;
    return this.make(entered, way, source);
  }

  make({ guest, stream }: Entered, way: Way, source: BodySource | Buffer): BodyFilter {
    const filter = new BodyFilter(source, new GuestSide(guest, stream, way, this.#settings));
    if (way === requestWay) stream.requestBody = filter;
    else stream.responseBody = filter;
    return filter;
  }
}
