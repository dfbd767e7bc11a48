/**
 * `npm run build:binary`: Loom as one executable, build/loom, of this machine's kind. esbuild makes one module of each thread,
 * Node puts them into a copy of itself (a "single executable application"); see src/embedded.ts for how they are found there.
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';

const root = join(import.meta.dirname, '../..');
const client = '@kubernetes/client-node';

/** Files that commands read, by their path in the repository. */
const carried = ['package.json', 'plugins/templates', 'plugins/sdk/package.json', 'plugins/sdk/assembly'];

const options: BuildOptions = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: `node${process.versions.node}`,
  // Names stay: they are in the messages of errors and in profiles.
  minifySyntax: true,
  legalComments: 'eof',
  logLevel: 'warning',
};

/** What packages in CommonJS ask for at run time are modules of Node: no other could be found. */
const banner = `import { createRequire } from 'node:module'; const require = createRequire('file:///loom');`;

/** The Kubernetes client is most of all code and only kubeconfigs need it: it is compiled when it is imported, and not at start. */
const clientLater: Plugin = {
  name: 'client-later',
  setup(bundle) {
    bundle.onResolve({ filter: new RegExp(`^${client}$`) }, ({ path }) => ({ path, namespace: 'later' }));
    bundle.onLoad({ filter: /./, namespace: 'later' }, () => ({
      resolveDir: root,
      contents: `
        import { getAsset } from 'node:sea';
        import { compileFunction } from 'node:vm';
        const module = { exports: {} };
        const text = getAsset('kubernetes-client.js', 'utf8');
        compileFunction(text, ['module', 'exports', 'require'], { filename: 'kubernetes-client.js' })(module, module.exports, require);
        export const { KubeConfig } = module.exports;`,
    }));
  },
};

/** Builds the executable at `output`. @returns its size in bytes */
export async function buildBinary(output: string): Promise<number> {
  const work = mkdtempSync(join(tmpdir(), 'loom-binary-'));
  try {
    const threads = threadModules();
    const modules = [['main', 'src/main.ts'] as const, ...threads].map(([name, entry]) =>
      build({
        ...options,
        format: 'esm',
        banner: { js: banner },
        // In stack traces; the text of a thread has no name of its own.
        footer: { js: `//# sourceURL=loom/${name}.js` },
        entryPoints: [join(root, entry)],
        outfile: join(work, `${name}.js`),
        plugins: [clientLater],
      }),
    );
    await Promise.all([
      ...modules,
      build({
        ...options,
        format: 'cjs',
        minify: true,
        legalComments: 'none',
        entryPoints: [client],
        outfile: join(work, 'kubernetes-client.js'),
      }),
    ]);
    const inside = [...threads.keys(), 'kubernetes-client'].map((name) => `${name}.js`);
    const config = {
      main: join(work, 'main.js'),
      mainFormat: 'module',
      output,
      disableExperimentalSEAWarning: true,
      // Options of Node can be given by NODE_OPTIONS alone; all words after the program are Loom's.
      execArgvExtension: 'env',
      assets: Object.fromEntries([
        ...inside.map((name) => [name, join(work, name)]),
        ...carried.flatMap(filesAt).map((path) => [path, join(root, path)]),
      ]),
    };
    writeFileSync(join(work, 'sea.json'), JSON.stringify(config));
    execFileSync(process.execPath, ['--build-sea', join(work, 'sea.json')], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    return statSync(output).size;
  } finally {
    rmSync(work, { recursive: true });
  }
}

/** The modules that src/ starts threads from, by their names. Throws when two have one name: they could not be told apart. */
function threadModules(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const file of filesAt('src').filter((path) => path.endsWith('.ts'))) {
    const text = readFileSync(join(root, file), 'utf8');
    for (const [, path = ''] of text.matchAll(/\bthreadEntry\(import\.meta\.url, '([^']+)'/g)) {
      const module = `${join(dirname(file), path)}.ts`;
      const name = basename(path);
      if ((found.get(name) ?? module) !== module) throw new Error(`two threads are called ${name}`);
      found.set(name, module);
    }
  }
  return found;
}

/** The file at a path of the repository, or all below the folder there. */
function filesAt(path: string): string[] {
  if (statSync(join(root, path)).isFile()) return [path];
  const names = readdirSync(join(root, path), { recursive: true, encoding: 'utf8' });
  return names.map((name) => `${path}/${name}`).filter((file) => statSync(join(root, file)).isFile());
}

if (import.meta.main) {
  const output = join(root, 'build/loom');
  mkdirSync(join(root, 'build'), { recursive: true });
  const bytes = await buildBinary(output);
  console.log(`build/loom: ${Math.round(bytes / 2 ** 20)} MiB, Node ${process.versions.node} within`);
}
