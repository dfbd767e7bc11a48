import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { expect } from 'chai';

/**
 * The floor plan: which room may look into which. `types` allows only `import type`. A new room is a line here and a row in
 * ARCHITECTURE.md.
 */
const rooms: Readonly<
  Record<string, { readonly imports: readonly string[]; readonly types?: readonly string[] }>
> = {
  'errors.ts': { imports: [] },
  'embedded.ts': { imports: [] },
  'foreign.ts': { imports: ['errors.ts'] },
  'home.ts': { imports: [] },
  'host.ts': { imports: [] },
  'stamp.ts': { imports: [] },
  'pulse.ts': { imports: [] },
  'pace.ts': { imports: [] },
  api: { imports: [] },
  structures: { imports: [] },
  model: { imports: ['api', 'errors.ts'] },
  telemetry: { imports: ['model'], types: ['http'] },
  quic: { imports: ['structures'] },
  http: { imports: ['errors.ts', 'pulse.ts', 'quic', 'structures'], types: ['middleware', 'model'] },
  router: { imports: [], types: ['http', 'model'] },
  middleware: {
    imports: ['embedded.ts', 'errors.ts', 'foreign.ts', 'host.ts', 'http', 'model'],
    types: ['api', 'telemetry'],
  },
  balance: { imports: ['errors.ts', 'foreign.ts'], types: ['http', 'model', 'pulse.ts', 'runtime'] },
  upstream: {
    imports: ['balance', 'errors.ts', 'foreign.ts', 'host.ts', 'http', 'pulse.ts', 'structures'],
    types: ['middleware', 'model'],
  },
  wasm: {
    imports: ['embedded.ts', 'errors.ts', 'host.ts', 'http', 'structures'],
    types: ['middleware', 'model', 'runtime', 'telemetry', 'upstream'],
  },
  artifacts: {
    imports: ['errors.ts', 'foreign.ts', 'home.ts', 'host.ts', 'stamp.ts'],
    types: ['model', 'runtime', 'sources', 'telemetry'],
  },
  sources: {
    imports: ['foreign.ts', 'home.ts', 'model', 'pace.ts', 'stamp.ts'],
    types: ['api', 'telemetry'],
  },
  compile: { imports: ['balance', 'errors.ts', 'middleware', 'model', 'router', 'wasm'], types: ['runtime'] },
  runtime: {
    imports: ['errors.ts', 'http', 'pulse.ts'],
    types: ['middleware', 'model', 'router', 'telemetry', 'upstream'],
  },
  admin: { imports: [], types: ['explain', 'model', 'runtime', 'sources', 'telemetry'] },
  app: {
    imports: [
      'admin',
      'artifacts',
      'balance',
      'compile',
      'embedded.ts',
      'explain',
      'http',
      'middleware',
      'model',
      'pace.ts',
      'pulse.ts',
      'runtime',
      'sources',
      'telemetry',
      'upstream',
      'wasm',
    ],
  },
  explain: { imports: ['compile', 'errors.ts', 'http', 'router'], types: ['model'] },
  harness: {
    imports: [
      'artifacts',
      'balance',
      'compile',
      'errors.ts',
      'http',
      'middleware',
      'model',
      'runtime',
      'sources',
      'telemetry',
      'upstream',
      'wasm',
    ],
    types: ['api'],
  },
  cli: {
    imports: [
      'app',
      'artifacts',
      'embedded.ts',
      'explain',
      'harness',
      'home.ts',
      'sources',
      'telemetry',
      'wasm',
    ],
  },
  'main.ts': { imports: ['cli'] },
  'webassembly.d.ts': { imports: [] },
  'buffer.d.ts': { imports: [] },
};

interface Import {
  readonly file: string;
  readonly specifier: string;
  readonly typeOnly: boolean;
  readonly dynamic: boolean;
}

const root = resolve('src');
const roomOf = (path: string): string => relative(root, path).split('/')[0] ?? '';

function importsOf(file: string): Import[] {
  const text = readFileSync(file, 'utf8');
  const found: Import[] = [];
  for (const [, keyword, specifier = ''] of text.matchAll(
    /^(?:import|export)(\s+type\b)?[^'";]*?from\s+'([^']+)'/gm,
  )) {
    found.push({ file, specifier, typeOnly: keyword !== undefined, dynamic: false });
  }
  for (const [, specifier = ''] of text.matchAll(/\bimport\('([^']+)'\)/g)) {
    found.push({ file, specifier, typeOnly: false, dynamic: true });
  }
  return found;
}

const files = readdirSync(root, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => join(root, name));
const all = files.flatMap(importsOf);

describe('architecture', () => {
  for (const room of new Set(files.map(roomOf))) {
    it(`${room} looks only into the rooms that it may`, () => {
      const rule = rooms[room];
      expect(rule, `${room} has no line in the table`).not.to.equal(undefined);
      for (const { file, specifier, typeOnly } of all) {
        if (roomOf(file) !== room || !specifier.startsWith('.')) continue;
        const target = roomOf(resolve(dirname(file), specifier));
        if (target === room || rule?.imports.includes(target)) continue;
        const asType = rule?.types?.includes(target) ?? false;
        expect(asType && typeOnly, `${relative(root, file)} imports ${specifier}`).to.equal(true);
      }
    });
  }

  it('keeps the Kubernetes client in sources/kube, behind a dynamic import', () => {
    for (const { file, specifier, typeOnly, dynamic } of all) {
      if (!specifier.startsWith('@kubernetes/')) continue;
      expect(relative(root, file)).to.match(/^sources\/kube\//);
      expect(typeOnly || dynamic, `${relative(root, file)} imports ${specifier} statically`).to.equal(true);
    }
  });

  it('keeps snapshots out of the sources', () => {
    for (const { file, specifier } of all) {
      if (roomOf(file) === 'sources') expect(specifier, relative(root, file)).not.to.match(/runtime|compile/);
    }
  });

  it('keeps objects out of the request path', () => {
    const path = ['http', 'router', 'middleware', 'balance', 'upstream', 'wasm', 'compile'];
    for (const { file, specifier } of all) {
      if (path.includes(roomOf(file)))
        expect(specifier, relative(root, file)).not.to.match(/sources|api\/core/);
    }
  });

  it('lets nobody but main end the process, but for a second signal', () => {
    for (const file of files) {
      const name = relative(root, file);
      if (name === 'main.ts' || name === 'app/shutdown.ts') continue;
      expect(readFileSync(file, 'utf8'), name).not.to.include('process.exit(');
    }
  });

  it('is told room by room in ARCHITECTURE.md', () => {
    const names = (list: readonly string[] = []): string =>
      list
        .map((name) => name.replace('.ts', ''))
        .toSorted()
        .join(', ');
    const rows = [
      ...readFileSync('ARCHITECTURE.md', 'utf8').matchAll(
        /^\| `([\w.]+)\/?` \|[^|]*\| ([^|]*) \| ([^|]*) \|$/gm,
      ),
    ];
    const told = rows.map(([, room, imports, types]) => [room, imports, types].map((cell) => cell?.trim()));
    const law = Object.entries(rooms)
      .filter(([room]) => room !== 'main.ts' && !room.endsWith('.d.ts'))
      .map(([room, { imports, types }]) => [room, names(imports), names(types)]);
    expect(told).to.have.deep.members(law);
  });
});
