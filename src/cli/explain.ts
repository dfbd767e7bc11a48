import { parseArgs } from 'node:util';
import { explain as explainRequest } from '../explain/explain.ts';
import type { Explanation, Question } from '../explain/explanation.ts';
import { textOf } from '../explain/text.ts';
import { UsageError, type Command } from './command.ts';
import {
  clusterDetails,
  clusterOptions,
  readClusterOnce,
  readFiles,
  type ClusterValues,
} from './configuration.ts';
import { startsFromCluster } from './program.ts';

const options = {
  ...clusterOptions,
  file: { type: 'string', short: 'f' },
  admin: { type: 'string' },
  config: { type: 'string' },
  header: { type: 'string', short: 'H', multiple: true },
  client: { type: 'string', default: '192.0.2.1' },
  all: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const;

export const explain: Command = {
  usage: '[OPTION…] METHOD URL',
  summary:
    'Says what would be done with a request: the rule, why not the others, stages, upstream, endpoints.',
  details: `Asked of one of these:
  -f, --file PATH     a loom.yaml, a file or folder of manifests; without any, loom.yaml
${clusterDetails}
  --admin URL         a running Loom, by its admin API
Options:
  -H, --header 'NAME: VALUE'  a header of the request, once for each
  --client ADDRESS    whom the connection comes from
  --config FILE       with --cluster: a loom.yaml with the settings of the process
  --all               all other rules, not only the nearest
  --json              for programs
Exit codes: 0 a rule takes the request, 1 none does, or it is refused.`,
  run: async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [method, url, ...more] = positionals;
    if (method === undefined || url === undefined || more.length > 0)
      throw new UsageError('needs a method and a URL, such as GET http://shop.example.com/cart');
    const { client, all, json } = values;
    const question = { method, url, headers: (values.header ?? []).map(toHeader), client };
    const told = await answer(values, question, all ? Infinity : 10);
    console.log(json ? JSON.stringify(told, undefined, 2) : textOf(told));
    return told.taken || told.redirected ? 0 : 1;
  },
};

interface Values extends ClusterValues {
  readonly file?: string | undefined;
  readonly admin?: string | undefined;
  readonly config?: string | undefined;
}

async function answer(values: Values, question: Question, most: number): Promise<Explanation> {
  const { file, admin, config } = values;
  const cluster = values.cluster ?? (startsFromCluster() && file === undefined && admin === undefined);
  if ([file !== undefined, admin !== undefined, cluster].filter(Boolean).length > 1)
    throw new UsageError('takes one of --file, --cluster and --admin');
  if (admin !== undefined) return askAdmin(admin, question);
  const { model, settings, verdicts } = cluster
    ? await readClusterOnce(values, config === undefined ? undefined : readFiles(config).settings)
    : readFiles(file ?? 'loom.yaml', values);
  for (const [key, { accepted }] of verdicts) {
    if (accepted.status === 'False')
      console.error(`loom explain: ${key} is not accepted: ${accepted.message}`);
  }
  try {
    return await explainRequest({ model, settings }, question, most);
  } catch (error) {
    throw error instanceof TypeError ? new UsageError(error.message) : error;
  }
}

async function askAdmin(admin: string, { method, url, headers, client }: Question): Promise<Explanation> {
  const query = new URLSearchParams({ method, url, client });
  for (const [name, value] of headers) query.append('header', `${name}: ${value}`);
  const response = await fetch(new URL(`/explain?${query.toString()}`, admin));
  if (response.ok) return (await response.json()) as Explanation;
  throw new Error(`${admin} answers ${response.status}: ${(await response.text()).trim()}`);
}

function toHeader(line: string): readonly [string, string] {
  const [, name, value = ''] = /^([^:\s]+):[ \t]*(.*)$/.exec(line) ?? [];
  if (name === undefined)
    throw new UsageError(`${JSON.stringify(line)} is no header: it must be 'name: value'`);
  return [name, value];
}
