import { expect } from 'chai';
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { FileError } from '../../../src/sources/file/content.ts';
import { fileSource, type FileSource } from '../../../src/sources/file/source.ts';
import type { Kind, ObjectStatus } from '../../../src/sources/objects.ts';

const timing = { settle: 10, poll: 60_000 };
const upstream = (name: string, port: number): string =>
  `upstreams:\n  - { name: ${name}, endpoints: ["localhost:${port}"] }\n`;
const manifest = (name: string, port: number): string =>
  `apiVersion: loom.dev/v1alpha1\nkind: LoomUpstream\nmetadata: { name: ${name} }\nspec:\n  endpoints: [{ address: localhost, port: ${port} }]\n`;

const portOf = (source: FileSource, key: string): unknown =>
  (source.objects.LoomUpstream.get(key) as { spec?: { endpoints: { port: number }[] } } | undefined)?.spec
    ?.endpoints[0]?.port;

const certOf = (source: FileSource, key: string): string =>
  Buffer.from(source.objects.Secret.get(key)?.data?.['tls.crt'] ?? '', 'base64').toString();

describe('file source', () => {
  let folder: string;
  let lines: Record<string, unknown>[];
  let stop: AbortController;
  let running: Promise<void> | undefined;
  let changes: Kind[];
  let onLine: (line: Record<string, unknown>) => void;
  const log = pino(
    { level: 'debug' },
    {
      write: (text: string) => {
        const line = JSON.parse(text) as Record<string, unknown>;
        lines.push(line);
        onLine(line);
      },
    },
  );

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-file-'));
    lines = [];
    onLine = () => undefined;
    changes = [];
    stop = new AbortController();
    running = undefined;
  });

  afterEach(async () => {
    stop.abort();
    await running;
    rmSync(folder, { recursive: true });
  });

  const write = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };

  function start(path: string, poll = timing.poll): FileSource {
    const source = fileSource(path, log, { settle: timing.settle, poll });
    running = source.run(stop.signal, (kind) => changes.push(kind));
    changes = [];
    return source;
  }

  async function until(what: string, holds: () => boolean): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (!holds()) {
      if (Date.now() > deadline) throw new Error(`not in time: ${what}; ${JSON.stringify(lines)}`);
      await new Promise((next) => setImmediate(next));
    }
  }

  const told = (text: string): Record<string, unknown> | undefined =>
    lines.find((line) => JSON.stringify(line).includes(text));

  it('has read everything before it runs', () => {
    const source = fileSource(write('loom.yaml', `${upstream('a', 1)}workers: 3\n`), log);
    expect(source.synced).to.equal(true);
    expect([...source.objects.LoomUpstream.keys()]).to.deep.equal(['a']);
    expect(source.settings.workers).to.equal(3);
  });

  it('gives the default settings to a folder without loom.yaml', () => {
    write('a.yaml', manifest('a', 1));
    const { settings, objects } = fileSource(folder, log);
    expect(settings.listeners).to.deep.equal([{ name: 'http', host: '', port: 8080, protocol: 'http' }]);
    expect(settings.admin).to.deep.equal({ enabled: true, host: '127.0.0.1', port: 9091 });
    expect([...objects.LoomUpstream.keys()]).to.deep.equal(['default/a']);
  });

  it('sees a file written in place', async () => {
    const source = start(write('loom.yaml', upstream('a', 1)));
    write('loom.yaml', upstream('a', 2));
    await until('the new port', () => portOf(source, 'a') === 2);
    expect(changes).to.deep.equal(['LoomUpstream']);
  });

  it('sees a file replaced by a rename, again and again', async () => {
    const source = start(write('loom.yaml', upstream('a', 1)));
    for (const port of [2, 3, 4]) {
      renameSync(write('loom.yaml.new', upstream('a', port)), join(folder, 'loom.yaml'));
      await until(`port ${port}`, () => portOf(source, 'a') === port);
    }
  });

  it('sees the swap of a mounted ConfigMap', async () => {
    const mount = (version: string, port: number): void => {
      mkdirSync(join(folder, version));
      writeFileSync(join(folder, version, 'loom.yaml'), upstream('a', port));
      symlinkSync(version, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    mount('..1', 1);
    symlinkSync(join('..data', 'loom.yaml'), join(folder, 'loom.yaml'));
    const source = start(join(folder, 'loom.yaml'));
    mount('..2', 2);
    await until('the new port', () => portOf(source, 'a') === 2);
  });

  it('finds by its poll what no event told', async () => {
    const elsewhere = mkdtempSync(join(tmpdir(), 'loom-else-'));
    try {
      writeFileSync(join(elsewhere, 'real.yaml'), upstream('a', 1));
      symlinkSync(join(elsewhere, 'real.yaml'), join(folder, 'loom.yaml'));
      const source = start(join(folder, 'loom.yaml'), 20);
      writeFileSync(join(elsewhere, 'real.yaml'), upstream('a', 22));
      await until('the new port', () => portOf(source, 'a') === 22);
    } finally {
      rmSync(elsewhere, { recursive: true });
    }
  });

  it('keeps the identity of what did not change, also when it moves', async () => {
    const source = start(
      write(
        'loom.yaml',
        `upstreams:\n  - { name: a, endpoints: ["a:1"] }\n  - { name: b, endpoints: ["b:1"] }\n`,
      ),
    );
    const before = source.objects.LoomUpstream;
    const routes = source.objects.LoomRoute;
    write(
      'loom.yaml',
      `upstreams:\n  # moved\n  - { name: b, endpoints: ["b:1"] }\n  - { name: a, endpoints: ["a:2"] }\n`,
    );
    await until('the change', () => source.objects.LoomUpstream !== before);
    const b = source.objects.LoomUpstream.get('b');
    expect(b).to.equal(before.get('b'));
    expect(source.objects.LoomUpstream.get('a')).to.not.equal(before.get('a'));
    expect(source.objects.LoomRoute).to.equal(routes);
    expect(b && source.locate(b, '/spec/endpoints/0/port')).to.match(/loom\.yaml:3:28$/);
  });

  const broken: readonly [string, string, string, string][] = [
    ['a syntax error', 'upstreams:\n  - { name: a\nroutes: [}\n', '', 'loom.yaml:3'],
    ['a section that is no list', 'routes: []\nupstreams: 7\n', 'must be a list', 'loom.yaml:2:1'],
    ['an unknown section', 'upstream: []\n', 'unknown field', 'loom.yaml:1:1'],
    ['a bad setting', 'admin: { address: nowhere }\n', 'host:port', 'loom.yaml:1:10'],
    ['nothing left in it', '', 'the file is empty', 'loom.yaml:1:1'],
    ['a repeated key', 'routes: []\nroutes: []\n', 'unique', 'loom.yaml:2:1'],
  ];
  for (const [name, text, reason, place] of broken) {
    it(`keeps the last good state of a file with ${name}, and says where`, async () => {
      const source = start(write('loom.yaml', upstream('a', 1)));
      const before = source.objects;
      write('loom.yaml', text);
      await until('the warning', () => told('cannot be used') !== undefined);
      expect(told('cannot be used')?.['location']).to.include(place);
      expect(told('cannot be used')?.['message']).to.include(reason);
      expect(source.objects).to.deep.equal(before);
      write('loom.yaml', upstream('a', 2));
      await until('the new port', () => portOf(source, 'a') === 2);
      expect(told('can be used again')?.['file']).to.match(/loom\.yaml$/);
    });

    it(`does not start with ${name}`, () => {
      const path = write('loom.yaml', text);
      expect(() => fileSource(path, log)).to.throw(FileError, reason);
    });
  }

  it('leaves out an entry without name, and takes its neighbours', () => {
    const path = write(
      'loom.yaml',
      `upstreams:\n  - { endpoints: ["a:1"] }\n  - { name: b, endpoints: ["b:1"] }\n`,
    );
    expect([...fileSource(path, log).objects.LoomUpstream.keys()]).to.deep.equal(['b']);
    expect(told('left out')).to.include({ field: 'upstreams[0]', message: 'needs a name' });
  });

  it('takes the first of two entries with one name, and names both places', () => {
    const path = write(
      'loom.yaml',
      `upstreams:\n  - { name: a, endpoints: ["a:1"] }\n  - { name: a, endpoints: ["a:2"] }\n`,
    );
    expect(portOf(fileSource(path, log), 'a')).to.equal(1);
    expect(told('defined twice')?.['location']).to.match(/:3:5$/);
    expect(told('defined twice')?.['message']).to.match(/:2:5 counts$/);
  });

  it('follows files of a folder as they come and go', async () => {
    write('a.yaml', manifest('a', 1));
    const source = start(folder);
    write('b.yml', manifest('b', 2));
    await until('b', () => portOf(source, 'default/b') === 2);
    write(
      'c.json',
      JSON.stringify({
        apiVersion: 'loom.dev/v1alpha1',
        kind: 'LoomUpstream',
        metadata: { name: 'c', namespace: 'x' },
        spec: { endpoints: [{ address: 'a', port: 3 }] },
      }),
    );
    await until('c', () => portOf(source, 'x/c') === 3);
    rmSync(join(folder, 'a.yaml'));
    await until('no a', () => !source.objects.LoomUpstream.has('default/a'));
    write('b.yml', 'kind: [\n');
    await until('the warning', () => told('cannot be used') !== undefined);
    expect(portOf(source, 'default/b')).to.equal(2);
  });

  it('goes on when the folder is gone, and takes it up when it is back', async () => {
    const inner = join(folder, 'conf');
    mkdirSync(inner);
    writeFileSync(join(inner, 'a.yaml'), manifest('a', 1));
    const source = start(inner, 20);
    rmSync(inner, { recursive: true });
    await until('the warning', () => told('cannot be used') !== undefined);
    expect(portOf(source, 'default/a')).to.equal(1);
    mkdirSync(inner);
    writeFileSync(join(inner, 'a.yaml'), manifest('a', 2));
    await until('the new port', () => portOf(source, 'default/a') === 2);
  });

  it('sees modules and certificates change', async () => {
    write('p.wasm', 'one');
    write('tls.crt', 'cert 1');
    write('tls.key', 'key 1');
    const source = start(
      write(
        'loom.yaml',
        `plugins: [{ name: p, path: ./p.wasm }]\ncertificates: [{ name: c, cert: tls.crt, key: ./tls.key }]\n`,
      ),
    );
    const secret = source.objects.Secret.get('c');
    const plugin = source.objects.WasmPlugin.get('p');
    expect(plugin).to.have.nested.property('spec.source.file.path', join(folder, 'p.wasm'));
    write('p.wasm', 'another');
    await until('the plugin', () => changes.includes('WasmPlugin'));
    expect(source.objects.WasmPlugin.get('p')).to.equal(plugin);
    write('tls.crt', 'cert no 2');
    await until('the Secret', () => source.objects.Secret.get('c') !== secret);
    expect(source.objects.Secret.get('c')?.data?.['tls.crt']).to.equal(
      Buffer.from('cert no 2').toString('base64'),
    );
    const second = source.objects.Secret.get('c');
    rmSync(join(folder, 'tls.key'));
    await until('the warning', () => told('left out') !== undefined);
    expect(source.objects.Secret.get('c')).to.equal(second);
  });

  it('sees a certificate that changes while files are read', async () => {
    write('tls.crt', 'cert 1');
    write('tls.key', 'key 1');
    const certificates = 'certificates: [{ name: c, cert: tls.crt, key: tls.key }]\n';
    const source = start(write('loom.yaml', certificates), 20);
    const changed = Promise.withResolvers<void>();
    // What is wrong is told between the reading and the next look.
    onLine = (line) => {
      if (line['msg'] !== 'entry is left out') return;
      write('tls.crt', 'cert 2');
      changed.resolve();
    };
    write('loom.yaml', `${certificates}upstreams: [{ endpoints: ["a:1"] }]\n`);
    await changed.promise;
    await until('the Secret', () => certOf(source, 'c') === 'cert 2');
  });

  it('sees a certificate that changed while the folder was gone', async () => {
    const [inner, aside] = [join(folder, 'conf'), join(folder, 'aside')];
    mkdirSync(inner);
    write('tls.crt', 'cert 1');
    write('tls.key', 'key 1');
    write('conf/loom.yaml', 'certificates: [{ name: c, cert: ../tls.crt, key: ../tls.key }]\n');
    const source = start(inner, 20);
    expect(certOf(source, 'c')).to.equal('cert 1');
    renameSync(inner, aside);
    // As cp -p and tar do: nothing will make it look different later.
    const before = new Date(Date.now() - 10_000);
    utimesSync(write('tls.crt', 'cert no 2'), before, before);
    await until('the warning', () => told('cannot be used') !== undefined);
    renameSync(aside, inner);
    await until('the Secret', () => certOf(source, 'c') === 'cert no 2');
  });

  it('sees a certificate written again within a tick of the clock', async () => {
    const soon = new Date(Date.now() + 300);
    const writeThen = (text: string): void => utimesSync(write('tls.crt', text), soon, soon);
    writeThen('cert 1');
    write('tls.key', 'key 1');
    const source = start(
      write('loom.yaml', 'certificates: [{ name: c, cert: tls.crt, key: tls.key }]\n'),
      20,
    );
    writeThen('cert 2');
    await until('the Secret', () => certOf(source, 'c') === 'cert 2');
  });

  it('says that changed settings wait for the next start', async () => {
    const source = start(write('loom.yaml', 'workers: 1\n'));
    write('loom.yaml', 'workers: 2\n');
    await until('the warning', () => told('next start') !== undefined);
    expect(source.settings.workers).to.equal(1);
  });

  it('ends when it is told to, and looks no more', async () => {
    const source = start(write('loom.yaml', upstream('a', 1)), 5);
    stop.abort();
    await running;
    stop = new AbortController();
    const other = start(join(folder, 'loom.yaml'), 50);
    write('loom.yaml', upstream('a', 2));
    await until('the new port elsewhere', () => portOf(other, 'a') === 2);
    expect(portOf(source, 'a')).to.equal(1);
  });

  it('reports an invalid object once, in the words and at the place of the user', () => {
    const source = fileSource(
      write('loom.yaml', `routes:\n  - id: api\n    path: /api/*\n    upstream: u\n    timeout: "30"\n`),
      log,
    );
    const object = source.objects.LoomRoute.get('api');
    if (!object) throw new Error('no route');
    const bad: ObjectStatus = {
      object,
      conditions: [
        {
          type: 'Accepted',
          status: 'False',
          reason: 'Invalid',
          message: 'spec.rules[0].timeouts.request: …',
        },
      ],
      warnings: [],
    };
    source.report(new Map([['LoomRoute:api', bad]]));
    source.report(new Map([['LoomRoute:api', bad]]));
    const warnings = lines.filter((line) => line['level'] === 40);
    expect(warnings).to.have.length(1);
    expect(warnings[0]).to.include({ object: 'LoomRoute:api', field: 'routes[0].timeout' });
    expect(warnings[0]?.['location']).to.match(/loom\.yaml:5:5$/);
    const unresolved: ObjectStatus = {
      object,
      conditions: [
        {
          type: 'ResolvedRefs',
          status: 'False',
          reason: 'UpstreamNotFound',
          message: 'spec.rules[0].backends[0].upstreamRef: there is no LoomUpstream u.',
        },
      ],
      warnings: [],
    };
    source.report(new Map([['LoomRoute:api', unresolved]]));
    expect(lines.find((line) => line['reason'] === 'UpstreamNotFound')).to.include({
      field: 'routes[0].upstream',
    });
    source.report(new Map([['LoomRoute:api', { object, conditions: [], warnings: [] }]]));
    expect(told('without problems again')).to.include({ object: 'LoomRoute:api' });
  });
});
