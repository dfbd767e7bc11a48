import { writeFile, readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { readVersion } from '../../app/version.ts';
import { writeTar } from '../../artifacts/write-tar.ts';
import { redactJson, redactLog, redactText } from '../../telemetry/redact.ts';
import { UsageError, type Command } from '../command.ts';

const options = {
  admin: { type: 'string' },
  pod: { type: 'string' },
  port: { type: 'string', default: '9091' },
  kubeconfig: { type: 'string' },
  logs: { type: 'string', multiple: true },
  output: { type: 'string', short: 'o' },
} as const;

export const bundle: Command = {
  usage: '[OPTION…]',
  summary: 'Collects what a running Loom can tell of itself into a .tar.gz, without secrets.',
  details: `  --admin URL         the admin API; default http://127.0.0.1:9091
  --pod NAMESPACE/POD through the API server instead: admin API and log of a pod; --port of the admin API, --kubeconfig FILE
  --logs FILE         lines of its log, once for each file; - for the standard input
  -o, --output FILE   default loom-debug-TIME.tar.gz`,
  run: async (args) => {
    const { values } = parseArgs({ args: [...args], options });
    if (values.admin !== undefined && values.pod !== undefined)
      throw new UsageError('takes --admin or --pod, not both');
    const now = new Date();
    const output = values.output ?? `loom-debug-${now.toISOString().replaceAll(/[:.]/g, '-')}.tar.gz`;
    const origin = values.pod === undefined ? adminOf(values.admin) : await podOf(values.pod, values);
    const files = await collect(origin);
    for (const [i, path] of (values.logs ?? []).entries()) {
      const lines = path === '-' ? await text(process.stdin) : await readFile(path, 'utf8');
      files.push({ path: `given-${i + 1}.jsonl`, text: redactLog(lines) });
    }
    await origin.close();
    const manifest = {
      made: now.toISOString(),
      from: redactText(origin.title),
      by: {
        loom: readVersion(),
        node: process.versions.node,
        v8: process.versions.v8,
        platform: process.platform,
      },
      files: files.map(({ path, problem, text: content }) => ({ path, bytes: content.length, problem })),
    };
    const all = [{ path: 'manifest.json', text: `${JSON.stringify(manifest, undefined, 2)}\n` }, ...files];
    const entries = all.map(({ path, text: content }) => ({
      path: `loom-debug/${path}`,
      bytes: Buffer.from(content),
    }));
    await writeFile(output, gzipSync(writeTar(entries, now)), { mode: 0o600 });
    for (const { path, problem } of files)
      if (problem) console.error(`loom debug bundle: no ${path}: ${problem}`);
    console.log(output);
    return files.every(({ problem }) => problem) ? 1 : 0;
  },
};

interface Collected {
  readonly path: string;
  readonly text: string;
  readonly problem?: string;
}

/** Where a running Loom is asked. */
interface Origin {
  readonly title: string;
  /** The body of an answer; rejects for any that is no success. */
  ask(path: string): Promise<string>;
  /** The log, where that can be had. */
  log?(): Promise<string>;
  close(): Promise<void>;
}

/** Views of the admin API that are JSON. */
const views = [
  '/info',
  '/ready',
  '/routes',
  '/upstreams',
  '/plugins',
  '/debug/settings',
  '/debug/heap',
] as const;

async function collect(origin: Origin): Promise<Collected[]> {
  const part = async (path: string, ask: () => Promise<string>): Promise<Collected> => {
    try {
      return { path, text: await ask() };
    } catch (error) {
      return { path, text: '', problem: redactText((error as Error).message) };
    }
  };
  const json = async (path: string): Promise<string> =>
    `${JSON.stringify(redactJson(JSON.parse(await origin.ask(path))), undefined, 2)}\n`;
  return Promise.all([
    ...views.map((path) => part(`${path.slice(path.lastIndexOf('/') + 1)}.json`, () => json(path))),
    part('metrics.txt', () => origin.ask('/metrics')),
    part('control.jsonl', async () => redactLog(await origin.ask('/debug/logs'))),
    ...(origin.log ? [part('pod.jsonl', async () => redactLog((await origin.log?.()) ?? ''))] : []),
  ]);
}

function adminOf(admin = 'http://127.0.0.1:9091'): Origin {
  return {
    title: admin,
    ask: async (path) => {
      const response = await fetch(new URL(path, admin));
      const body = await response.text();
      // The reasons why it is not ready are what somebody wants to know.
      if (!response.ok && path !== '/ready') throw new Error(`${path} answers ${response.status}`);
      return body;
    },
    close: async () => undefined,
  };
}

async function podOf(
  pod: string,
  { port, kubeconfig }: { port: string; kubeconfig?: string | undefined },
): Promise<Origin> {
  const [, namespace, name] = /^([a-z0-9-]+)\/([a-z0-9.-]+)$/.exec(pod) ?? [];
  if (namespace === undefined || name === undefined) throw new UsageError('--pod must be NAMESPACE/POD');
  const { openPod } = await import('../../sources/kube/pod.ts');
  const opened = await openPod(namespace, name, kubeconfig);
  return {
    title: `pod ${pod}`,
    ask: (path) => opened.proxy(port, path),
    log: () => opened.log(),
    close: () => opened.close(),
  };
}
