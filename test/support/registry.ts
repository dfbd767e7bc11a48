import { spawn, type ChildProcess } from 'node:child_process';
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomUUID,
  sign,
  type KeyObject,
} from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Agent, request } from 'undici';
import { stringify } from 'yaml';
import { registryBinary } from '../../hack/registry/build.ts';
import { makeTlsPair, type TlsPair } from './tls-pair.ts';
import { eventually } from './wait.ts';
import { freePort } from './free-port.ts';

/** Of the only user that the registry knows. */
export const user = { username: 'weaver', password: 'shuttle:1' } as const;
/** The same as bcrypt, for htpasswd. */
const htpasswd = 'weaver:$2b$05$PNU3WCLsdcVjmzNjVnVR2e.rke8XgwHN4mrt.sx2M1Lm8AetYKrzG\n';

export interface RealRegistry {
  /** `127.0.0.1:port` */
  readonly host: string;
  /** PEM that it is to be trusted by. */
  readonly ca: string;
  readonly dockerConfig: string;
  stop(): Promise<void>;
}

export type Access = 'basic' | 'token';

/** A registry of the CNCF distribution project over TLS, which lets in nobody but `user`. */
export async function startRegistry(access: Access): Promise<RealRegistry> {
  const folder = mkdtempSync(join(tmpdir(), 'loom-registry-'));
  const pair = makeTlsPair();
  const port = await freePort();
  const host = `127.0.0.1:${port}`;
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  const issuer = access === 'token' ? await startIssuer(pair) : undefined;
  const auth = issuer
    ? {
        token: {
          realm: issuer.realm,
          service: 'loom-test',
          issuer: 'loom-test',
          jwks: file('jwks', issuer.jwks),
        },
      }
    : { htpasswd: { realm: 'loom-test', path: file('htpasswd', htpasswd) } };
  const settings = {
    version: 0.1,
    log: { level: 'error', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder, 'data') } },
    http: {
      addr: host,
      secret: 'secret',
      tls: { certificate: file('cert', pair.cert), key: file('key', pair.key) },
    },
    auth,
  };
  const child = spawn(await registryBinary(), ['serve', file('config.yml', stringify(settings))], {
    stdio: 'ignore',
    env: { ...process.env, OTEL_TRACES_EXPORTER: 'none' },
  });
  const ended = new Promise((resolve) => child.once('exit', resolve));
  await untilAnswers(host, pair.cert, child);
  const both = Buffer.from(`${user.username}:${user.password}`).toString('base64');
  return {
    host,
    ca: pair.cert,
    dockerConfig: JSON.stringify({ auths: { [host]: { auth: both } } }),
    stop: async () => {
      child.kill('SIGKILL');
      await ended;
      await issuer?.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function untilAnswers(host: string, ca: string, child: ChildProcess): Promise<void> {
  const dispatcher = new Agent({ connect: { ca } });
  await eventually(
    'the registry answers',
    async () => {
      if (child.exitCode !== null) throw new Error(`the registry ended with ${child.exitCode}`);
      const { statusCode, body } = await request(`https://${host}/v2/`, { dispatcher });
      await body.dump();
      return statusCode === 401;
    },
    60,
  );
  await dispatcher.close();
}

interface Issuer {
  readonly realm: string;
  readonly jwks: string;
  stop(): Promise<void>;
}

/** A token server (docker token authentication): basic in, a JWT for the asked scope out. */
async function startIssuer(pair: TlsPair): Promise<Issuer> {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const kid = randomUUID();
  const server = createServer(pair, (incoming, response) => {
    const wanted = `Basic ${Buffer.from(`${user.username}:${user.password}`).toString('base64')}`;
    const url = new URL(incoming.url ?? '', 'https://issuer');
    if (incoming.headers.authorization !== wanted) return response.writeHead(401).end();
    const [type, name, actions = ''] = (url.searchParams.get('scope') ?? '').split(':');
    const token = issue(privateKey, kid, url.searchParams.get('service') ?? '', [
      { type, name, actions: actions.split(',') },
    ]);
    return response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token }));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const jwk = createPublicKey(privateKey).export({ format: 'jwk' });
  return {
    realm: `https://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    jwks: JSON.stringify({ keys: [{ ...jwk, kid, use: 'sig', alg: 'ES256' }] }),
    stop: () => close(server),
  };
}

function issue(key: KeyObject, kid: string, audience: string, access: readonly object[]): string {
  const now = Math.floor(Date.now() / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const claims = {
    iss: 'loom-test',
    sub: user.username,
    aud: audience,
    exp: now + 300,
    nbf: now - 30,
    iat: now,
    jti: createHash('sha256').update(randomUUID()).digest('hex'),
    access,
  };
  const text = `${part({ alg: 'ES256', typ: 'JWT', kid })}.${part(claims)}`;
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`;
}

function close(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => server.close(() => resolve()));
}
