import { responseVectors } from '../upstream/response-vector.ts';
import { mutate } from './mutation.ts';
import type { Random } from './random.ts';
import { chunked, lines } from './requests.ts';

const statusLines = [
  'HTTP/1.1 200 OK',
  'HTTP/1.1 200 ',
  'HTTP/1.1 200',
  'HTTP/1.1 404 Not Found',
  'HTTP/1.0 200 OK',
  'HTTP/1.1 204 No',
  'HTTP/1.1 304 N',
  'HTTP/1.1 103 Early',
  'HTTP/1.1 100 C',
  'HTTP/1.1 299 \xe4',
  'HTTP/1.1 101 Switching',
];
const bodies = ['', 'abc', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', '\r\n\r\n', 'a'.repeat(300)];
const vectors = responseVectors.map(({ bytes }) => bytes);

function wellFormed(random: Random): string {
  const all = [random.of(statusLines)];
  for (let left = random.below(4); left > 0; left--) all.push(random.of(lines.slice(2, 17)));
  const body = random.of(bodies);
  if (/ (1..|204|304)/.test(all[0] as string)) return [...all, '', ''].join('\r\n');
  if (random.chance(40))
    return [...all, 'Transfer-Encoding: chunked', '', chunked(body, random)].join('\r\n');
  if (random.chance(80)) all.push(`Content-Length: ${body.length}`);
  return [...all, '', body].join('\r\n');
}

/** Interim responses and a final one, most of them damaged. Latin-1. */
export function someResponse(random: Random): string {
  let text = '';
  for (let left = 1 + random.below(3); left > 0; left--)
    text += random.chance(20) ? random.of(vectors) : wellFormed(random);
  for (let left = random.below(4); left > 0; left--) text = mutate(text, random, lines);
  return text;
}
