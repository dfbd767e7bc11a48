/** A size for people. */
export function byteText(count: number): string {
  if (count >= 1024 * 1024) return `${(count / 1024 / 1024).toFixed(1)} MiB`;
  return count >= 10 * 1024 ? `${Math.round(count / 1024)} KiB` : `${count} bytes`;
}
