/** A response of an upstream as bytes (Latin-1), and what must become of it. */
interface ResponseVector {
  readonly name: string;
  readonly bytes: string;
  /** `refuse`: a 502 without a byte of it. `cut`: its head had gone, so the client's connection ends within the body. `take`: its body. */
  readonly fate: 'refuse' | 'cut' | 'take';
}

const head = (...lines: string[]): string => ['HTTP/1.1 200 OK', ...lines, '', ''].join('\r\n');
const line = (text: string): string => `${text}\r\nContent-Length: 6\r\n\r\nsecret`;
const field = (...lines: string[]): string => `${head(...lines, 'Content-Length: 6')}secret`;
const length = (...lines: string[]): string => `${head(...lines)}secret`;
const coded = (...lines: string[]): string => `${head(...lines)}6\r\nsecret\r\n0\r\n\r\n`;
const chunks = (body: string): string => `${head('Transfer-Encoding: chunked')}${body}`;
const evil = 'HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil';

const refused: Readonly<Record<string, string>> = {
  'HTTP/2.0': line('HTTP/2.0 200 OK'),
  'HTTP/0.9': line('HTTP/0.9 200 OK'),
  'HTTP/1.2': line('HTTP/1.2 200 OK'),
  'HTTP/1.10': line('HTTP/1.10 200 OK'),
  'http in lower case': line('http/1.1 200 OK'),
  'another protocol': line('ICY/1.1 200 OK'),
  'a body without a head': 'secret\r\n\r\n',
  'a banner of SSH': 'SSH-2.0-OpenSSH_9.6\r\n\r\n',
  'a space before the version': line(' HTTP/1.1 200 OK'),
  'two spaces before the status': line('HTTP/1.1  200 OK'),
  'a tab before the status': line('HTTP/1.1\t200 OK'),
  'a status of two digits': line('HTTP/1.1 20 OK'),
  'a status of four digits': line('HTTP/1.1 2000 OK'),
  'a negative status': line('HTTP/1.1 -20 OK'),
  'a status in hex': line('HTTP/1.1 0xC OK'),
  'status 000': line('HTTP/1.1 000 OK'),
  'status 099': line('HTTP/1.1 099 OK'),
  'status 600': line('HTTP/1.1 600 OK'),
  'no status': line('HTTP/1.1 OK'),
  'a NUL in the reason': line('HTTP/1.1 200 O\0K'),
  'a CR alone in the reason': line('HTTP/1.1 200 O\rK'),
  'a control character in the reason': line('HTTP/1.1 200 \x01'),
  'an LF alone behind the status line': `HTTP/1.1 200 OK\nContent-Length: 6\r\n\r\nsecret`,
  'LF alone everywhere': 'HTTP/1.1 200 OK\nContent-Length: 6\n\nsecret',
  'an LF alone in a value': field('X: a\nY: b'),
  'a CR alone in a value': field('X: a\rb'),
  'a NUL in a value': field('X: a\0b'),
  'a control character in a value': field('X: \x01'),
  'DEL in a value': field('X: \x7f'),
  'a folded line': field('X: 1', ' 2'),
  'a line folded with a tab': field('X: 1', '\t2'),
  'a folded Content-Length': `${head('Content-Length:', ' 6')}secret`,
  'a space before the first field': field(' X: 1'),
  'a space before the colon': field('X : 1'),
  'a tab before the colon': field('X\t: 1'),
  'no colon': field('X'),
  'an empty name': field(': 1'),
  'a name with a bracket': field('X[]: 1'),
  'a name with a NUL': field('X\0: 1'),
  'a name above ASCII': field('\xe4: 1'),
  'two different Content-Lengths': length('Content-Length: 6', 'Content-Length: 7'),
  'the same Content-Length twice': length('Content-Length: 6', 'Content-Length: 6'),
  'a list of Content-Lengths': length('Content-Length: 6, 6'),
  'Content-Length with a sign': length('Content-Length: +6'),
  'a negative Content-Length': length('Content-Length: -6'),
  'Content-Length in hex': length('Content-Length: 0x6'),
  'an empty Content-Length': length('Content-Length:'),
  'a Content-Length above 2^64': length('Content-Length: 99999999999999999999'),
  'Content-Length and chunked': coded('Content-Length: 6', 'Transfer-Encoding: chunked'),
  'chunked and Content-Length': coded('Transfer-Encoding: chunked', 'Content-Length: 6'),
  'gzip, chunked': coded('Transfer-Encoding: gzip, chunked'),
  'chunked, gzip': coded('Transfer-Encoding: chunked, gzip'),
  'chunked twice': coded('Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  identity: coded('Transfer-Encoding: identity'),
  xchunked: coded('Transfer-Encoding: xchunked'),
  'an interim response with a body': `HTTP/1.1 199 X\r\nContent-Length: 6\r\n\r\nsecret`,
  'Transfer-Encoding in HTTP/1.0': coded('Transfer-Encoding: chunked').replace('HTTP/1.1', 'HTTP/1.0'),
  'a space before the colon of Transfer-Encoding': coded('Transfer-Encoding : chunked'),
};

const cut: Readonly<Record<string, string>> = {
  'a chunk size that is no hex': chunks('g\r\nsecret\r\n0\r\n\r\n'),
  'a chunk size with 0x': chunks('0x6\r\nsecret\r\n0\r\n\r\n'),
  'a chunk size ended by LF alone': chunks('6\nsecret\r\n0\r\n\r\n'),
  'a chunk longer than its size': chunks('3\r\nsecret\r\n0\r\n\r\n'),
  'a chunk size above 2^64': chunks('ffffffffffffffffff\r\nsecret'),
  'a body without its last chunk': chunks('6\r\nsecret\r\n'),
  'a body shorter than its Content-Length': `${head('Content-Length: 9')}secret`,
  'a Content-Length in the trailers': chunks('6\r\nsecret\r\n0\r\nContent-Length: 3\r\n\r\n'),
  'a chunk extension without a name': chunks('6;\r\nsecret\r\n0\r\n\r\n'),
  'a trailer without a colon': chunks('6\r\nsecret\r\n0\r\nX\r\n\r\n'),
};

const taken: Readonly<Record<string, string>> = {
  'a second response behind it': `${field()}${evil}`,
  'a second response behind chunks': `${coded('Transfer-Encoding: chunked')}${evil}`,
  'rubbish behind it': `${field()}\0\0\0`,
  'an empty line behind it': `${field()}\r\n`,
};

const all = (fate: ResponseVector['fate'], table: Readonly<Record<string, string>>): ResponseVector[] =>
  Object.entries(table).map(([name, bytes]) => ({ name, bytes, fate }));

/** What RFC 9112 says about single responses, with what lenient parsers have let through. */
export const responseVectors: readonly ResponseVector[] = [
  ...all('refuse', refused),
  ...all('cut', cut),
  ...all('take', taken),
];
