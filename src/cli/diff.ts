import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { readCorpus } from '../explain/corpus.ts';
import { diffWorlds, type Change, type Difference } from '../explain/diff.ts';
import type { Decision } from '../explain/explain.ts';
import { UsageError, type Command } from './command.ts';
import {
  clusterDetails,
  clusterOptions,
  readClusterAndFiles,
  readFiles,
  type Configuration,
} from './configuration.ts';
import { startsFromCluster } from './program.ts';

const options = {
  ...clusterOptions,
  requests: { type: 'string' },
  json: { type: 'boolean', default: false },
} as const;

export const diff: Command = {
  usage: '[OPTION…] A B | --cluster DIR',
  summary: 'Says which requests would be treated in another way by another configuration.',
  details: `A and B are loom.yaml files, or files or folders of manifests. With --cluster: what applying DIR would change.
${clusterDetails}
  --requests FILE     requests to compare with, METHOD URL a line, or an access log; else derived from the rules of both
  --json              for programs
Exit codes: 0 no difference, 1 differences, 2 a side or the requests cannot be read.`,
  run: async (args) => {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options });
    const [first, second, ...more] = positionals;
    const cluster = values.cluster ?? (startsFromCluster() && second === undefined);
    if (first === undefined || (second === undefined) !== cluster || more.length > 0)
      throw new UsageError('needs two configurations, or --cluster and one');
    let difference: Difference;
    try {
      const questions =
        values.requests === undefined ? undefined : readCorpus(await readFile(values.requests, 'utf8'));
      const [before, after] = cluster
        ? await readClusterAndFiles(values, first)
        : [readFiles(first, values), readFiles(second ?? '', values)];
      difference = await diffWorlds(before, after, questions);
      for (const side of [before, after]) warnOf(side);
    } catch (error) {
      // As of diff itself: 1 would say that there are differences.
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
    console.log(values.json ? JSON.stringify(difference, undefined, 2) : textOf(difference));
    return difference.changes.length === 0 ? 0 : 1;
  },
};

function warnOf({ title, verdicts }: Configuration): void {
  for (const [key, { accepted, served }] of verdicts) {
    if (accepted.status === 'True') continue;
    console.error(
      `loom diff: ${title}: ${key} is not accepted${served ? '' : ' and left out'}: ${accepted.message}`,
    );
  }
}

function textOf({ requests, unsampled, changes }: Difference): string {
  return [
    ...changes.flatMap(changeText),
    ...unsampled.map(({ route, rule }) => `no request was found for ${route}, rule ${rule}`),
    `${changes.length} of ${requests} requests would be treated in another way`,
  ].join('\n');
}

function changeText({ question: { method, url, headers }, kinds, before, after }: Change): readonly string[] {
  const fields = headers.map((field) => ` | ${field.join(': ')}`);
  return [
    `${method} ${url}${fields.join('')}  (${kinds.join(', ')})`,
    `  - ${outcomeOf(before)}`,
    `  + ${outcomeOf(after)}`,
  ];
}

function outcomeOf({ taken, refused, redirected }: Decision): string {
  if (refused) return `${refused.status} ${refused.code}`;
  if (redirected) return `${redirected.status} to ${redirected.location}`;
  if (!taken) return '404 no-route';
  const stages = taken.stages.map((one) => ('plugin' in one ? `plugin ${one.plugin}` : one.middleware));
  const backends = taken.backends.map(({ upstream, share }) => `${upstream} ${share} %`);
  const steps = [...stages, backends.length === 0 ? 'answers itself' : backends.join(', ')];
  return `${taken.route}, rule ${taken.rule}: ${steps.join(' > ')}`;
}
