import { byId, pluginsJson, routeJson, upstreamsJson } from './resources.ts';
import { ok, problem, type Answer } from './responses.ts';
import { explainRequest } from './explain.ts';
import type { AdminView } from './view.ts';

/** One operation of the admin API. A path that ends in `/*` takes the rest of the URL's path as `name`, slashes included. */
export interface AdminEndpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  answer(view: AdminView, name: string, query: URLSearchParams): Answer | Promise<Answer>;
}

const missing = (kind: string, name: string): Answer =>
  problem(404, 'not-found', `there is no ${kind} ${name}`);

/** Every operation, in the order of docs/admin-api.yaml. */
export const adminEndpoints: readonly AdminEndpoint[] = [
  { method: 'GET', path: '/health', answer: health },
  { method: 'GET', path: '/ready', answer: ready },
  // The same by the names that Kubernetes' own programs have for them.
  { method: 'GET', path: '/livez', answer: health },
  { method: 'GET', path: '/readyz', answer: ready },
  { method: 'GET', path: '/info', answer: (view) => ok(view.info()) },
  {
    method: 'GET',
    path: '/routes',
    answer: (view) => ok({ routes: byId(view.model.routes).map((route) => routeJson(view, route)) }),
  },
  {
    method: 'GET',
    path: '/routes/*',
    answer: (view, id) => {
      const route = view.model.routes.get(id);
      return route ? ok(routeJson(view, route)) : missing('route', id);
    },
  },
  {
    method: 'GET',
    path: '/upstreams',
    answer: async (view) =>
      ok({ upstreams: await upstreamsJson(view, [...view.model.upstreams.keys()].toSorted()) }),
  },
  {
    method: 'GET',
    path: '/upstreams/*',
    answer: upstream,
  },
  {
    method: 'GET',
    path: '/plugins',
    answer: async (view) =>
      ok({ plugins: await pluginsJson(view, [...view.model.plugins.keys()].toSorted()) }),
  },
  {
    method: 'GET',
    path: '/plugins/*',
    answer: plugin,
  },
  { method: 'GET', path: '/explain', answer: explainRequest },
  { method: 'GET', path: '/debug/settings', answer: (view) => ok(view.settings()) },
  { method: 'GET', path: '/debug/heap', answer: async (view) => ok(await view.heap()) },
  {
    method: 'GET',
    path: '/debug/logs',
    answer: async (view) => ({ status: 200, body: await view.logs(), contentType: 'application/jsonl' }),
  },
  { method: 'POST', path: '/debug/logs', answer: setLogLevel },
  { method: 'POST', path: '/plugins/*', answer: reload },
  { method: 'DELETE', path: '/plugins/*', answer: unload },
];

function health(): Answer {
  return ok({ status: 'ok' });
}

function ready(view: AdminView): Answer {
  const reasons = view.notReady();
  return reasons.length === 0 ? ok({ ready: true }) : ok({ ready: false, reasons }, 503);
}

async function upstream(view: AdminView, id: string): Promise<Answer> {
  if (!view.model.upstreams.has(id)) return missing('upstream', id);
  const [json] = await upstreamsJson(view, [id]);
  return ok(json);
}

async function plugin(view: AdminView, id: string): Promise<Answer> {
  if (!view.model.plugins.has(id)) return missing('plugin', id);
  const [json] = await pluginsJson(view, [id]);
  return ok(json);
}

function setLogLevel(view: AdminView, _name: string, query: URLSearchParams): Answer {
  const level = view.logLevels.find((one) => one === query.get('level'));
  if (!level) return problem(400, 'bad-request', `the query needs a level: ${view.logLevels.join(', ')}`);
  view.setLogLevel(level);
  return ok({ level });
}

async function reload(view: AdminView, id: string): Promise<Answer> {
  if (!view.model.plugins.has(id)) return missing('plugin', id);
  await view.reload(id);
  return plugin(view, id);
}

async function unload(view: AdminView, id: string): Promise<Answer> {
  if (!view.model.plugins.has(id)) return missing('plugin', id);
  if (view.mode === 'operator') {
    const [namespace, name] = id.split('/');
    return problem(
      409,
      'owned-by-cluster',
      `the plugin is the object WasmPlugin ${id}: delete that, for example with kubectl delete wasmplugin -n ${namespace} ${name}`,
    );
  }
  await view.unload(id);
  return plugin(view, id);
}
