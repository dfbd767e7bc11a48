const pattern = /^([0-9]{1,5}(h|m|s|ms)){1,4}$/;
const units = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;
type Unit = keyof typeof units;

/** The longest duration that a timer of Node takes: 2^31 - 1 ms, about 24.8 days. */
export const maxDurationMs = 2_147_483_647;

/** Whether the text is a duration of GEP-2257, such as `1h30m` or `1500ms`: at most four parts of at most five digits. */
export function isDuration(text: string): boolean {
  return pattern.test(text);
}

/** Milliseconds of a GEP-2257 duration. Throws a RangeError when the text is none; equal units add up. */
export function toMs(text: string): number {
  if (!isDuration(text)) throw new RangeError(`not a duration: ${text}`);
  let ms = 0;
  for (const [, digits, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g))
    ms += Number(digits) * units[unit as Unit];
  return ms;
}

/** The shortest GEP-2257 form of whole, not negative milliseconds. Throws a RangeError for others and from 100,000 hours on. */
export function toDuration(ms: number): string {
  if (!Number.isSafeInteger(ms) || ms < 0 || ms >= 100_000 * units.h)
    throw new RangeError(`not a duration: ${ms} ms`);
  let rest = ms;
  let text = '';
  for (const [unit, size] of Object.entries(units)) {
    const count = Math.floor(rest / size);
    if (count > 0) text += `${count}${unit}`;
    rest -= count * size;
  }
  return text || '0s';
}
