import { expect } from 'chai';
import { readProxyHeader, writeProxyHeader } from '../../src/http/proxy-header.ts';

const v1 = (line: string): Buffer => Buffer.from(line, 'latin1');
/** `body` in hex. */
const v2 = (command: string, family: string, body: string, size = body.length / 2): Buffer =>
  Buffer.from(
    `0d0a0d0a000d0a515549540a${command}${family}${size.toString(16).padStart(4, '0')}${body}`,
    'hex',
  );
const ipv4 = 'c00002010a0000011f9001bb';
const ipv6 = '20010db800000000000000000000000120010db80000000000000000000000021f9001bb';

describe('readProxyHeader', () => {
  const good: readonly (readonly [string, Buffer, string | undefined])[] = [
    ['TCP4', v1('PROXY TCP4 192.0.2.1 10.0.0.1 8080 443\r\n'), '192.0.2.1 8080 10.0.0.1 443'],
    ['TCP6', v1('PROXY TCP6 2001:db8::1 ::1 0 65535\r\n'), '2001:db8::1 0 ::1 65535'],
    ['UNKNOWN', v1('PROXY UNKNOWN\r\n'), undefined],
    ['UNKNOWN with words', v1('PROXY UNKNOWN ffff:: ffff:: 1 2\r\n'), undefined],
    ['TCP over IPv4', v2('21', '11', ipv4), '192.0.2.1 8080 10.0.0.1 443'],
    ['TCP over IPv6', v2('21', '21', ipv6), '2001:db8::1 8080 2001:db8::2 443'],
    [
      'a mapped address',
      v2('21', '21', `${'0'.repeat(20)}ffffc0000201${ipv6.slice(32)}`),
      '192.0.2.1 8080 2001:db8::2 443',
    ],
    ['TLVs', v2('21', '11', `${ipv4}${'04000301ff02'.repeat(40)}`), '192.0.2.1 8080 10.0.0.1 443'],
    ['LOCAL', v2('20', '00', ''), undefined],
    ['LOCAL with addresses', v2('20', '11', ipv4), undefined],
    ['an unspecified family', v2('21', '00', ''), undefined],
    ['UNIX', v2('21', '31', '00'.repeat(216)), undefined],
  ];
  for (const [what, bytes, peers] of good) {
    it(`reads ${what}, at once and byte by byte, and nothing behind it`, () => {
      for (let i = 0; i < bytes.length; i++)
        expect(readProxyHeader(bytes.subarray(0, i))).to.equal(undefined);
      const header = readProxyHeader(Buffer.concat([bytes, Buffer.from('GET / HTTP/1.1\r\n')]));
      expect(header?.length).to.equal(bytes.length);
      const { client, local } = header?.peers ?? {};
      expect(client && local && [client.address, client.port, local.address, local.port].join(' ')).to.equal(
        peers,
      );
    });
  }

  const bad: readonly (readonly [string, Buffer])[] = [
    ['another protocol', v1('GET / HTTP/1.1\r\n')],
    ['lower case', v1('proxy TCP4 192.0.2.1 10.0.0.1 1 2\r\n')],
    ['no family', v1('PROXY \r\n')],
    ['an unknown family', v1('PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n')],
    ['two spaces', v1('PROXY TCP4  192.0.2.1 10.0.0.1 1 2\r\n')],
    ['too few words', v1('PROXY TCP4 192.0.2.1 10.0.0.1 1\r\n')],
    ['too many words', v1('PROXY TCP4 192.0.2.1 10.0.0.1 1 2 3\r\n')],
    ['an address of the other family', v1('PROXY TCP4 ::1 10.0.0.1 1 2\r\n')],
    ['an address with a zone', v1('PROXY TCP6 fe80::1%eth0 ::1 1 2\r\n')],
    ['no address', v1('PROXY TCP4 host 10.0.0.1 1 2\r\n')],
    ['a port too large', v1('PROXY TCP4 192.0.2.1 10.0.0.1 65536 2\r\n')],
    ['a port with a sign', v1('PROXY TCP4 192.0.2.1 10.0.0.1 +1 2\r\n')],
    ['a port with a zero in front', v1('PROXY TCP4 192.0.2.1 10.0.0.1 01 2\r\n')],
    ['a line without end', v1(`PROXY UNKNOWN ${'x'.repeat(200)}`)],
    ['a line that is too long', v1(`PROXY UNKNOWN ${'x'.repeat(100)}\r\n`)],
    ['version 3', v2('31', '11', ipv4)],
    ['an unknown command', v2('22', '11', ipv4)],
    ['addresses that are cut', v2('21', '11', ipv4.slice(2))],
    ['too many TLVs', v2('21', '11', '', 4097)],
  ];
  for (const [what, bytes] of bad) {
    it(`refuses ${what}`, () => {
      expect(() => readProxyHeader(bytes)).to.throw(/PROXY/);
    });
  }
});

describe('writeProxyHeader', () => {
  for (const version of ['V1', 'V2'] as const) {
    for (const [client, local] of [
      ['192.0.2.1', '198.51.100.255'],
      ['2001:db8::1', '::1'],
      ['::', '2001:db8:0:1:1:1:1:1'],
      ['fe80::1:2:3:4', '2001:db8:1:2:3:4:5:6'],
    ] as const)
      it(`of ${version} says what is read: ${client} to ${local}`, () => {
        const peers = { client: { address: client, port: 1 }, local: { address: local, port: 65_535 } };
        const bytes = writeProxyHeader(version, peers);
        expect(readProxyHeader(bytes)).to.deep.equal({ length: bytes.length, peers });
      });

    it(`of ${version} has both addresses in the longer family where they differ`, () => {
      const peers = { client: { address: '2001:db8::1', port: 1 }, local: { address: '127.0.0.1', port: 2 } };
      const read = readProxyHeader(writeProxyHeader(version, peers))?.peers;
      expect(read?.client).to.deep.equal(peers.client);
      expect(read?.local.address).to.match(/^(?:::ffff:)?127\.0\.0\.1$/);
    });

    for (const [title, peers] of [
      ['that is its own', undefined],
      ['of a zone', { client: { address: 'fe80::1%eth0', port: 1 }, local: { address: '::1', port: 2 } }],
      ['without an address', { client: { address: '', port: 0 }, local: { address: '', port: 0 } }],
    ] as const)
      it(`of ${version} names nobody for a connection ${title}`, () => {
        const bytes = writeProxyHeader(version, peers);
        expect(readProxyHeader(bytes)).to.deep.equal({ length: bytes.length, peers: undefined });
      });
  }
});
