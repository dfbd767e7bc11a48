import { createVerify, generateKeyPairSync, sign as signText, type KeyObject } from 'node:crypto';
import { expect } from 'chai';
import { bytesOf, numberOf, readMessage, writeMessage } from '../../../src/wasm/abi/protobuf.ts';
import { status } from '../../../src/wasm/abi/status.ts';
import { caller } from '../host/caller.ts';

const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const ed = generateKeyPairSync('ed25519');
const text = Buffer.from('what was said');

function call(name: string, fields: Parameters<typeof writeMessage>[0]) {
  const calls = caller();
  expect(calls.call('proxy_call_foreign_function', [name, writeMessage(fields)], 2)).to.equal(status.ok);
  const message = readMessage(calls.value());
  if (!message) throw new Error('not a message');
  return message;
}

const der = (key: KeyObject): Buffer =>
  key.type === 'public'
    ? key.export({ format: 'der', type: 'spki' })
    : key.export({ format: 'der', type: 'pkcs8' });
const pem = (key: KeyObject): string | Buffer =>
  key.export({ format: 'pem', type: key.type === 'public' ? 'spki' : 'pkcs8' });

describe('signatures for plugins', () => {
  for (const [kind, keys] of [
    ['RSA', rsa],
    ['ECDSA', ec],
  ] as const) {
    for (const hash of ['sha256', 'SHA512']) {
      it(`verify ${kind} with ${hash}, key as DER or PEM`, () => {
        const signature = signText(hash, text, keys.privateKey);
        for (const key of [
          [2, der(keys.publicKey)],
          [5, pem(keys.publicKey)],
        ] as const) {
          const fields = [[1, hash], key, [3, signature]] as const;
          const good = call('verify_signature', [...fields, [4, text]]);
          expect([numberOf(good, 1), bytesOf(good, 2).toString()]).to.deep.equal([1, '']);
          const bad = call('verify_signature', [...fields, [4, 'what was not']]);
          expect([numberOf(bad, 1), bytesOf(bad, 2).toString()]).to.deep.equal([
            0,
            'the signature does not match.',
          ]);
        }
      });

      it(`make ${kind} with ${hash}, key as DER or PEM`, () => {
        for (const key of [
          [2, der(keys.privateKey)],
          [4, pem(keys.privateKey)],
        ] as const) {
          const made = call('sign', [[1, hash], key, [3, text]]);
          expect([numberOf(made, 1), bytesOf(made, 3).toString()]).to.deep.equal([1, '']);
          expect(createVerify(hash).update(text).verify(keys.publicKey, bytesOf(made, 2))).to.equal(true);
        }
      });
    }
  }

  const failures: readonly (readonly [string, Parameters<typeof writeMessage>[0], RegExp])[] = [
    [
      'an unknown hash',
      [
        [1, 'md5'],
        [2, der(rsa.publicKey)],
      ],
      /^md5 is not supported\.$/,
    ],
    ['no hash', [[2, der(rsa.publicKey)]], /^ is not supported\.$/],
    ['no key', [[1, 'sha256']], /./],
    [
      'a broken key',
      [
        [1, 'sha256'],
        [5, '-----BEGIN PUBLIC KEY-----'],
      ],
      /./,
    ],
    [
      'a key of another kind',
      [
        [1, 'sha256'],
        [2, der(ed.publicKey)],
      ],
      /ed25519 are not supported/,
    ],
  ];
  for (const [what, fields, reason] of failures) {
    it(`say why they cannot verify: ${what}`, () => {
      const answer = call('verify_signature', fields);
      expect(numberOf(answer, 1)).to.equal(0);
      expect(bytesOf(answer, 2).toString()).to.match(reason);
    });
  }

  it('say why they cannot sign', () => {
    const answer = call('sign', [
      [1, 'sha256'],
      [2, der(rsa.publicKey)],
      [3, text],
    ]);
    expect([numberOf(answer, 1), bytesOf(answer, 2).length]).to.deep.equal([0, 0]);
    expect(bytesOf(answer, 3).toString()).to.match(/./);
  });

  for (const name of ['verify_signature', 'sign']) {
    it(`${name} refuses what is no message`, () => {
      expect(caller().call('proxy_call_foreign_function', [name, Buffer.from([10, 255])], 2)).to.equal(
        status.badArgument,
      );
    });
  }
});
