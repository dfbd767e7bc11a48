import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Authority } from '../support/authority.ts';
import { freePort } from '../support/free-port.ts';
import { startWorld, type World } from '../support/world.ts';

/** A running Loom with HTTP/3, and what its clients must know. */
export interface Http3World {
  readonly world: World;
  readonly port: number;
  readonly authority: Authority;
  /** Puts a certificate for those names at its place, for the configuration. */
  issue(name: string, subject: string, names: string): string;
  /** Configuration with these entries behind listeners and certificates. */
  edit(certificates: readonly string[], rest: string): Promise<void>;
  metric(name: string): Promise<number>;
  stop(): Promise<void>;
}

/** `rest`: routes, upstreams, settings. The certificate `own` is for localhost. */
export async function startHttp3(rest: string, workers = 2): Promise<Http3World> {
  const folder = mkdtempSync(join(tmpdir(), 'loom-http3-'));
  const authority = new Authority('http3');
  const port = await freePort();
  const issue = (name: string, subject: string, names: string): string => {
    const { cert, key } = authority.issue(subject, names);
    // With the authority, whose key is all that a browser is told of.
    writeFileSync(join(folder, `${name}.crt`), cert + authority.cert);
    writeFileSync(join(folder, `${name}.key`), key);
    return `{ name: ${name}, cert: ${folder}/${name}.crt, key: ${folder}/${name}.key }`;
  };
  const own = issue('own', '/CN=localhost', 'DNS:localhost');
  const text = (certificates: readonly string[], more: string): string => `
listeners: [{ name: secure, address: "127.0.0.1:${port}", protocol: https, http3: { enabled: true } }]
workers: ${workers}
certificates: [${certificates.join(', ')}]
${more}
`;
  const world = await startWorld(text([own], rest));
  return {
    world,
    port,
    authority,
    issue,
    edit: (certificates, more) => world.edit(text([own, ...certificates], more)),
    metric: async (name) => {
      const lines = (await (await fetch(`${world.admin}/metrics`)).text()).split('\n');
      const values = lines.filter((line) => line.startsWith(`${name}{`) || line.startsWith(`${name} `));
      return values.reduce((sum, line) => sum + Number(line.slice(line.lastIndexOf(' '))), 0);
    },
    stop: async () => {
      await world.stop('SIGKILL');
      rmSync(folder, { recursive: true });
      authority.remove();
    },
  };
}
