import { hostname } from 'node:os';
import { resolve } from 'node:path';
import type { Problem } from '../../model/problem.ts';
import type { Schema } from '../../model/schema.ts';
import type { TracingSettings } from '../../model/tracing.ts';
import { duration, section } from './settings-sections.ts';

const freeForm = (description: string): Schema => ({ type: 'object', description, default: {} });

export const tracingSchema = section(
  'Traces of requests, by OTLP over HTTP. What is not said here may come from the environment: see [tracing](tracing.md#environment).',
  {
    endpoint: {
      type: 'string',
      description:
        'URL of the collector, such as `http://otel-collector:4318`; `/v1/traces` is added. Empty: OTEL_EXPORTER_OTLP_ENDPOINT, and without that there is no tracing.',
      default: '',
    },
    headers: freeForm(
      'Header fields for the collector, by name. In a cluster they are better kept in a Secret.',
    ),
    ca_file: {
      type: 'string',
      description:
        'PEM file of the authorities of the collector, relative to this file. Empty: the authorities that Node knows.',
      default: '',
    },
    timeout: {
      ...duration,
      description: 'Longest time for one batch of spans, with all tries.',
      default: '10s',
    },
    sampling: section('Which requests are recorded.', {
      percent: {
        type: 'number',
        description: 'Percentage of the traces that begin here.',
        minimum: 0,
        maximum: 100,
        default: 1,
      },
      follow_parent: {
        type: 'boolean',
        description:
          'A request with a field traceparent continues that trace, and is recorded where its sender records. false: each request begins a trace, whatever its sender says. For listeners that anybody can reach.',
        default: true,
      },
    }),
    service_name: {
      type: 'string',
      description: 'Name of this service in traces. Empty: OTEL_SERVICE_NAME, or else `loom`.',
      default: '',
    },
    resource: freeForm(
      'Further attributes of this process in traces, by name, such as `deployment.environment.name`.',
    ),
    queue_spans: {
      type: 'integer',
      format: 'int32',
      description:
        'Spans that may wait in each worker while the collector does not take them. Further ones are dropped, and counted.',
      minimum: 1,
      maximum: 1000000,
      default: 4096,
    },
    flush_interval: {
      ...duration,
      description: 'Time that a span may wait for others to be sent with.',
      default: '5s',
    },
  },
);

/** The part of a loom.yaml, with its defaults. */
export interface ToldTracing {
  readonly endpoint: string;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly ca_file: string;
  readonly timeout: string;
  readonly sampling: { readonly percent: number; readonly follow_parent: boolean };
  readonly service_name: string;
  readonly resource: Readonly<Record<string, unknown>>;
  readonly queue_spans: number;
  readonly flush_interval: string;
}

/** How a settings reader takes durations: at least `least` milliseconds. */
type ToMs = (text: string, path: string, least: number) => number;
type Environment = Readonly<Record<string, string | undefined>>;

/** Undefined: nothing is traced. */
export function toTracing(
  told: ToldTracing,
  folder: string,
  redactQuery: readonly string[],
  problems: Problem[],
  ms: ToMs,
  env: Environment = process.env,
): TracingSettings | undefined {
  const wrong = (field: string, message: string): void =>
    void problems.push({ path: `/tracing/${field}`, message });
  const timeoutMs = ms(told.timeout, '/tracing/timeout', 1);
  const flushMs = ms(told.flush_interval, '/tracing/flush_interval', 1);
  const url = toUrl(told.endpoint, env);
  if (told.endpoint !== '' && !isUrl(url)) wrong('endpoint', 'must be a URL such as http://collector:4318');
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(told.headers)) {
    if (!/^[A-Za-z0-9!#$%&'*+.^_`|~-]+$/.test(name)) wrong('headers', `${name} is not a name of a header`);
    else if (typeof value !== 'string' || !/^[\t -~]*$/.test(value))
      wrong('headers', `the value of ${name} must be a text of visible ASCII characters`);
    else headers[name.toLowerCase()] = value;
  }
  const resource: Record<string, string> = {};
  for (const [name, value] of Object.entries(told.resource)) {
    if (typeof value === 'string') resource[name] = value;
    else wrong('resource', `the value of ${name} must be a text`);
  }
  if (url === '' || env['OTEL_SDK_DISABLED']?.toLowerCase() === 'true') return undefined;
  if (!isUrl(url)) {
    if (told.endpoint === '') wrong('endpoint', `is ${url} by the environment, which is not a URL`);
    return undefined;
  }
  const caFile = told.ca_file && resolve(folder, told.ca_file);
  return {
    url,
    headers: { ...lowered(pairs(of(env, 'HEADERS'))), ...headers },
    caFile: caFile || of(env, 'CERTIFICATE'),
    timeoutMs,
    ratio: told.sampling.percent / 100,
    followsParent: told.sampling.follow_parent,
    resource: {
      'host.name': hostname(),
      ...(env['POD_NAME'] && { 'k8s.pod.name': env['POD_NAME'] }),
      ...(env['POD_NAMESPACE'] && { 'k8s.namespace.name': env['POD_NAMESPACE'] }),
      'service.name': 'loom',
      ...pairs(env['OTEL_RESOURCE_ATTRIBUTES'] ?? ''),
      ...(env['OTEL_SERVICE_NAME'] && { 'service.name': env['OTEL_SERVICE_NAME'] }),
      ...resource,
      ...(told.service_name && { 'service.name': told.service_name }),
    },
    queueSpans: told.queue_spans,
    flushMs,
    redactQuery,
  };
}

/** A variable of OpenTelemetry's exporters; that for traces alone goes before the one for everything. */
const of = (env: Environment, name: string): string =>
  env[`OTEL_EXPORTER_OTLP_TRACES_${name}`] || env[`OTEL_EXPORTER_OTLP_${name}`] || '';

/** Where only the base is known the path is added; OTEL_EXPORTER_OTLP_TRACES_ENDPOINT is taken as it is. */
function toUrl(endpoint: string, env: Environment): string {
  const whole = env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'];
  const base = endpoint || (whole ? '' : (env['OTEL_EXPORTER_OTLP_ENDPOINT'] ?? ''));
  if (base === '') return endpoint || (whole ?? '');
  return base.endsWith('/v1/traces') ? base : `${base.replace(/\/+$/, '')}/v1/traces`;
}

const isUrl = (text: string): boolean => /^https?:\/\/[^/]/.test(text) && URL.canParse(text);

/** `a=1,b=2` with values in percent-encoding, as OpenTelemetry has lists in variables. */
function pairs(text: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const pair of text.split(',')) {
    const at = pair.indexOf('=');
    if (at > 0) found[pair.slice(0, at).trim()] = decoded(pair.slice(at + 1).trim());
  }
  return found;
}

const lowered = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).map(([name, value]) => [name.toLowerCase(), value]));

function decoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}
