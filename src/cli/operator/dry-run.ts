import { toStatuses } from '../../app/statuses.ts';
import { makeLoader } from '../../app/supply.ts';
import { rehearse } from '../../harness/rehearse.ts';
import type { ObjectStatus } from '../../sources/objects.ts';
import { ControlMetrics } from '../../telemetry/control-metrics.ts';
import { loggerTo } from '../../telemetry/log.ts';
import { Guard } from '../../wasm/vm/budget/guard.ts';
import { openCluster, translateCluster, type ClusterValues, type Configuration } from '../configuration.ts';
import { publicationOf, type PublicationValues } from './publication.ts';

/** What `loom operator` would write to one object. */
interface Intent {
  readonly object: string;
  readonly conditions: ObjectStatus['conditions'];
  /** The status of the object says something else now. */
  readonly write: boolean;
  readonly events: ObjectStatus['warnings'];
}

/** How long modules of the network are waited for. */
const fetchMs = 60_000;

/**
 * Reads a cluster once, loads the plugins, compiles everything as a worker does, and prints what `loom operator` would write.
 * It opens no listener and takes no Lease; nothing goes to the API server but questions. @returns 1 when anything is refused
 */
export async function dryRun(
  values: ClusterValues & PublicationValues,
  settings: Configuration['settings'],
  json: boolean,
): Promise<number> {
  const log = loggerTo(() => undefined, 'silent');
  const reading = await openCluster(values, publicationOf(values));
  const guard = new Guard(1, log);
  let arrived = (): void => undefined;
  const loader = makeLoader({
    settings: settings.pluginSources,
    objects: () => reading.objects,
    compile: (bytes) => guard.compile(bytes),
    metrics: new ControlMetrics(),
    log,
    changed: () => arrived(),
    foreignOnly: true,
  });
  try {
    const { model, verdicts } = await translateCluster(reading, values);
    let plugins = await loader.load(model.plugins);
    const until = Date.now() + fetchMs;
    while (
      [...plugins.values()].some(({ problemReason }) => problemReason === 'Fetching') &&
      Date.now() < until
    ) {
      await new Promise<void>((resolve) => {
        arrived = resolve;
        setTimeout(resolve, 1000);
      });
      plugins = await loader.load(model.plugins);
    }
    const diagnostics = await rehearse({ model, plugins, guard });
    const statuses = toStatuses(verdicts, plugins, diagnostics, model.routes);
    const intents = [...statuses]
      .map(([key, status]): Intent => ({
        object: key.replace(':', ' '),
        conditions: key.startsWith('Service:') ? [] : status.conditions,
        write: !key.startsWith('Service:') && reading.differs(key, status),
        events: status.warnings,
      }))
      .toSorted((a, b) => (a.object < b.object ? -1 : 1));
    const addresses = reading.addresses === '' ? [] : reading.addresses.split(',');
    console.log(
      json ? JSON.stringify({ objects: intents, addresses }, undefined, 2) : textOf(intents, addresses),
    );
    return intents.some(isRefused) ? 1 : 0;
  } finally {
    loader.close();
    await guard.close();
    await reading.close();
  }
}

const isRefused = ({ conditions }: Intent): boolean => conditions.some(({ status }) => status === 'False');

function textOf(intents: readonly Intent[], addresses: readonly string[]): string {
  const writes = intents.filter(({ write }) => write).length;
  const events = intents.reduce((sum, one) => sum + one.events.length, 0);
  const told = intents.filter((one) => one.write || one.events.length > 0 || isRefused(one));
  return [
    ...told.flatMap(({ object, conditions, write, events: warnings }) => [
      `${object}${write ? ': the status would be written' : ''}`,
      ...conditions.map(({ type, status, reason, message }) => `  ${type} ${status}, ${reason}: ${message}`),
      ...warnings.map(({ reason, message }) => `  Warning event, ${reason}: ${message}`),
    ]),
    ...(addresses.length > 0 ? [`routes would show the addresses ${addresses.join(', ')}`] : []),
    `${intents.length} objects: ${writes} statuses and ${events} events would be written, ${intents.filter(isRefused).length} have problems`,
  ].join('\n');
}
