import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, generateKeyPair, SignJWT, type JSONWebKeySet, type JWTPayload } from 'jose';

/** Somebody who signs tokens, with real keys behind a real URL. */
export interface Issuer {
  readonly url: string;
  /** How often its keys were asked for. */
  readonly asked: number;
  /** Answers with 500 from now on, or no longer. */
  broken: boolean;
  /** Answers with a head and nothing behind it from now on, or no longer. */
  stalled: boolean;
  keys(): JSONWebKeySet;
  /** Signs with the newest key, valid for a minute unless the claims say otherwise. */
  sign(claims: JWTPayload, header?: { readonly kid?: string }): Promise<string>;
  /** Another key from now on; the one before is withdrawn. */
  rotate(): Promise<void>;
  close(): Promise<void>;
}

export async function startIssuer(alg = 'ES256'): Promise<Issuer> {
  let number = 0;
  let pair = await generateKeyPair(alg, { extractable: true });
  let keys: JSONWebKeySet = { keys: [] };
  const publish = async (): Promise<void> => {
    keys = { keys: [{ ...(await exportJWK(pair.publicKey)), kid: `key-${++number}`, alg, use: 'sig' }] };
  };
  await publish();
  const issuer = { asked: 0, broken: false, stalled: false };
  const server = createServer((_request, response) => {
    issuer.asked++;
    response.writeHead(issuer.broken ? 500 : 200, { 'content-type': 'application/json' });
    if (issuer.stalled) response.flushHeaders();
    else response.end(JSON.stringify(keys));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return Object.assign(issuer, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`,
    keys: () => keys,
    sign: (claims: JWTPayload, header = {}) =>
      new SignJWT({ exp: Math.floor(Date.now() / 1000) + 60, ...claims })
        .setProtectedHeader({ alg, kid: `key-${number}`, ...header })
        .sign(pair.privateKey),
    rotate: async () => {
      pair = await generateKeyPair(alg, { extractable: true });
      await publish();
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}
