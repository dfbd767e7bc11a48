import { expect } from 'chai';
import { publicationOf } from '../../../src/cli/operator/publication.ts';

describe('the options of loom operator for addresses', () => {
  it('are a Service, or addresses, or none', () => {
    expect(publicationOf({})).to.equal(undefined);
    expect(publicationOf({ 'publish-service': 'edge/loom' })).to.deep.equal({
      service: { namespace: 'edge', name: 'loom' },
    });
    const addresses = ['192.0.2.1', '2001:db8::1', 'lb-1.example.com'];
    expect(publicationOf({ 'publish-addresses': addresses.join() })).to.deep.equal({ addresses });
  });

  for (const [values, message] of [
    [{ 'publish-service': 'loom' }, '--publish-service loom must be NAMESPACE/NAME'],
    [{ 'publish-service': 'a/b/c' }, '--publish-service a/b/c must be NAMESPACE/NAME'],
    [{ 'publish-addresses': '' }, '--publish-addresses: "" is no IP address or host name'],
    [{ 'publish-addresses': '192.0.2.1,' }, '--publish-addresses: "" is no IP address or host name'],
    [{ 'publish-addresses': 'LB_1' }, '--publish-addresses: "LB_1" is no IP address or host name'],
    [
      { 'publish-addresses': `${'a.'.repeat(127)}a` },
      `--publish-addresses: "${'a.'.repeat(127)}a" is no IP address or host name`,
    ],
    [
      { 'publish-service': 'edge/loom', 'publish-addresses': '192.0.2.1' },
      'takes one of --publish-service and --publish-addresses',
    ],
  ] as const)
    it(`refuse ${JSON.stringify(values).slice(0, 60)}`, () =>
      expect(() => publicationOf(values)).to.throw(message));
});
