import { expect } from 'chai';
import { credentialFor } from '../../../src/artifacts/oci/docker-config.ts';

const auth = (name: string): { auth: string } => ({
  auth: Buffer.from(`${name}:pass:word`).toString('base64'),
});
const choose = (auths: Record<string, unknown>, registry = 'registry.example.com'): string | undefined =>
  credentialFor(JSON.stringify({ auths }), registry, 'team/plugin')?.username;

describe('credentialFor', () => {
  const cases: readonly (readonly [string, Record<string, unknown>, string | undefined])[] = [
    ['the host', { 'registry.example.com': auth('a') }, 'a'],
    ['the host as docker login writes it', { 'https://registry.example.com/v1/': auth('a') }, 'a'],
    ['the longest path', { 'registry.example.com': auth('a'), 'registry.example.com/team': auth('b') }, 'b'],
    ['a path of whole segments only', { 'registry.example.com/tea': auth('a') }, undefined],
    ['the name before a wildcard', { '*.example.com': auth('a'), 'registry.example.com': auth('b') }, 'b'],
    ['a wildcard', { '*.example.com': auth('a') }, 'a'],
    ['a wildcard for one label only', { '*.com': auth('a') }, undefined],
    ['no other port', { 'registry.example.com:5000': auth('a') }, undefined],
    ['no other host', { 'example.com': auth('a') }, undefined],
    ['user and password', { 'registry.example.com': { username: 'a', password: 'b' } }, 'a'],
    ['nothing of an empty entry', { 'registry.example.com': {} }, undefined],
  ];
  for (const [title, auths, username] of cases) {
    it(`takes ${title}`, () => {
      expect(choose(auths)).to.equal(username);
    });
  }

  it('takes the port into account, and a password with colons as it is', () => {
    const config = JSON.stringify({ auths: { '127.0.0.1:5000': auth('a') } });
    expect(credentialFor(config, '127.0.0.1:5000', 'p')).to.deep.equal({
      username: 'a',
      password: 'pass:word',
    });
  });

  it('takes a refresh token', () => {
    const config = JSON.stringify({ auths: { 'a.b': { identitytoken: 't' } } });
    expect(credentialFor(config, 'a.b', 'p')).to.include({ identityToken: 't' });
  });

  for (const [text, problem] of [
    ['secret text', 'is not JSON'],
    ['{"credHelpers":{}}', 'has no auths'],
  ] as const) {
    it(`says that ${text} is no docker config, without showing it`, () => {
      expect(() => credentialFor(text, 'a.b', 'p'))
        .to.throw(problem)
        .with.property('message')
        .that.does.not.include(text);
    });
  }
});
