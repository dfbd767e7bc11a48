import type { Match } from '../model/model.ts';
import type { Candidate, ExplainedBackend, ExplainedStage, Explanation, OtherWay } from './explanation.ts';

/** An explanation for people. */
export function textOf(told: Explanation): string {
  const { request, listener, refused, redirected, taken } = told;
  const query = request.query === '' ? '' : `?${request.query}`;
  const lines = [`request   ${request.method} ${request.scheme}://${request.host}${request.path}${query}`];
  if (listener) lines.push(`listener  ${listener.name}, ${listener.protocol} on ${listener.address}`);
  else lines.push(`listener  none for ${request.scheme}: nothing would take the connection`);
  if (refused) lines.push(`answer    ${refused.status} ${refused.code}: ${refused.detail}`);
  else if (redirected) lines.push(`answer    ${redirected.status} to ${redirected.location}`);
  else if (taken) lines.push(...takenText(taken));
  else lines.push('answer    404 no-route: no rule takes the request');
  lines.push(...othersText(told));
  return lines.join('\n');
}

function takenText(taken: NonNullable<Explanation['taken']>): readonly string[] {
  const { route, rule, host, match, params, stages, backends, timeouts, retries } = taken;
  const captured = Object.entries(params).map(([name, value]) => `${name}=${value}`);
  const { requestMs, responseMs } = timeouts;
  return [
    `route     ${route}, rule ${rule}`,
    `host      ${host === '*' ? 'every host' : host}`,
    `match     ${matchText(match)}${captured.length > 0 ? `  (${captured.join(', ')})` : ''}`,
    ...stages.map((stage, i) => `${i === 0 ? 'stages    ' : '          '}${i + 1}. ${stageText(stage)}`),
    ...(backends.length === 0 ? ['answer    by the rule itself'] : backends.flatMap(backendText)),
    `timeouts  request ${requestMs === 0 ? 'none' : `${requestMs} ms`}, response ${responseMs} ms${
      retries ? `; ${retries.attempts} retries` : ''
    }`,
  ];
}

function matchText({ path, methods, headers, query }: Match): string {
  const values = (list: Match['headers'], what: string): readonly string[] =>
    list.map(({ name, type, value }) => `${what} ${name} ${type}${value === '' ? '' : ` ${value}`}`);
  return [
    `${path.type} ${path.value}`,
    ...(methods.length > 0 ? [methods.join('|')] : []),
    ...values(headers, 'header'),
    ...values(query, 'query'),
  ].join(', ');
}

function stageText(stage: ExplainedStage): string {
  if ('middleware' in stage) return stage.middleware;
  const { plugin, phase, priority, problem } = stage;
  const place = phase === undefined ? '' : ` (${phase}, priority ${priority})`;
  return `plugin ${plugin}${place}${problem === undefined ? '' : `: ${problem}`}`;
}

function backendText(backend: ExplainedBackend): readonly string[] {
  const { upstream, share, missing, protocol, loadBalancer, endpoints } = backend;
  if (missing)
    return [`upstream  ${upstream}, ${share} %: there is none, or none that it may use; requests get 500`];
  const head = `upstream  ${upstream}, ${share} %, ${protocol}, ${loadBalancer}`;
  if (endpoints.length === 0) return [head, '          no endpoint: requests get 503'];
  return [head, ...endpoints.map((endpoint) => `          ${endpointText(endpoint)}`)];
}

function endpointText({ address, port, weight, priority, zone, healthy, unhealthy }: Candidate): string {
  return [
    `${address.includes(':') ? `[${address}]` : address}:${port}`,
    ...(weight === 1 ? [] : [`weight ${weight}`]),
    ...(priority === undefined ? [] : [`priority ${priority}`]),
    ...(zone === undefined ? [] : [`zone ${zone}`]),
    ...(healthy === undefined ? [] : [healthy ? 'healthy' : `unhealthy: ${unhealthy ?? ''}`]),
  ].join(', ');
}

function othersText({ others, othersLeftOut }: Explanation): readonly string[] {
  if (others.length === 0) return [];
  const line = ({ route, rule, host, match, detail }: OtherWay): string =>
    `          ${route}, rule ${rule} (${host}, ${matchText(match)}): ${detail}`;
  const more = othersLeftOut > 0 ? [`          and ${othersLeftOut} more`] : [];
  return ['not taken', ...others.map(line), ...more];
}
