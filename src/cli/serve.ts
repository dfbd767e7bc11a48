import { parseArgs } from 'node:util';
import { run } from '../app/run.ts';
import { fileSource } from '../sources/file/source.ts';
import { ControlMetrics } from '../telemetry/control-metrics.ts';
import { makeControlLogger } from '../telemetry/log.ts';
import { UsageError, type Command } from './command.ts';

export const serve: Command = {
  usage: '[FILE|DIR]',
  summary: 'Serves a loom.yaml, or a folder of manifests, without a cluster.',
  run: async (args) => {
    const { positionals } = parseArgs({ args: [...args], allowPositionals: true, options: {} });
    if (positionals.length > 1) throw new UsageError('takes one file or folder');
    const starting = makeControlLogger('info');
    const source = fileSource(positionals[0] ?? 'loom.yaml', starting);
    const { settings } = source;
    starting.level = settings.logLevel;
    return run({ mode: 'serve', settings, source, log: starting, metrics: new ControlMetrics() });
  },
};
