import type { Random } from './random.ts';

/** What has confused parsers: ends of lines, blanks, controls, delimiters, digits, bytes above ASCII. */
const bytes = '\r\n\t \0\x0b\x0c\x7f\x80\xff:;,="\'\\/?#%@*+-_.01Fx'.split('');
const inserts = [
  '\r\n',
  '\n',
  '\r',
  '\r\n\r\n',
  '\r\n ',
  '\r\n\t',
  ' ',
  '0\r\n\r\n',
  ';',
  '%2f',
  '%00',
  'chunked',
  'HTTP/1.1',
  '\r\nContent-Length: 3',
  '\r\nTransfer-Encoding: chunked',
];

/** One change to a message: to its lines, to its numbers, or a byte anywhere. Text is Latin-1. */
export function mutate(text: string, random: Random, lines: readonly string[]): string {
  const at = random.below(text.length + 1);
  switch (random.below(12)) {
    case 0:
      return text.slice(0, at) + text.slice(at + 1);
    case 1:
      return text.slice(0, at) + random.of(bytes) + text.slice(at + 1);
    case 2:
      return text.slice(0, at) + random.of(bytes) + text.slice(at);
    case 3:
      return text.slice(0, at) + random.of(inserts) + text.slice(at);
    case 4:
      return text.slice(0, at) + String.fromCharCode(random.below(256)) + text.slice(at + 1);
    case 5:
      return text.slice(0, at);
    case 6:
      return text.slice(0, at) + text.slice(at, at + 1 + random.below(8)) + text.slice(at);
    case 7:
      return inLines(text, random, (all, i) => all.splice(i, 0, all[i] as string));
    case 8:
      return inLines(text, random, (all, i) => all.splice(i, 1));
    case 9:
      return inLines(text, random, (all, i) => all.splice(i, 0, ...all.splice(random.below(all.length), 1)));
    case 10: {
      const line = random.of(lines);
      return inLines(text, random, (all, i) => all.splice(Math.max(1, i), 0, line));
    }
    default:
      return text.replace(/\d+/, (digits) =>
        random.chance(50) ? String(Number(digits) + random.below(5) - 2) : Number(digits).toString(16),
      );
  }
}

function inLines(text: string, random: Random, change: (lines: string[], at: number) => unknown): string {
  const lines = text.split('\r\n');
  change(lines, random.below(lines.length));
  return lines.join('\r\n');
}

/** The same bytes in up to five pieces. */
export function split(all: Buffer, random: Random): Buffer[] {
  const cuts = Array.from({ length: 1 + random.below(4) }, () => random.below(all.length + 1));
  cuts.sort((a, b) => a - b);
  return [...cuts, all.length]
    .map((to, i) => all.subarray(cuts[i - 1] ?? 0, to))
    .filter(({ length }) => length > 0);
}
