import { pluginsJson, routeJson, upstreamJson } from './resources.ts';
import { ok, problem, type Answer } from './responses.ts';
import type { AdminView } from './view.ts';

/** One operation of the admin API. A path that ends in `/*` takes the rest of the URL's path as `name`, slashes included. */
export interface AdminEndpoint {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  answer(view: AdminView, name: string): Answer | Promise<Answer>;
}

const missing = (kind: string, name: string): Answer =>
  problem(404, 'not-found', `there is no ${kind} ${name}`);

/** Every operation, in the order of docs/admin-api.yaml. */
export const adminEndpoints: readonly AdminEndpoint[] = [
  { method: 'GET', path: '/health', answer: () => ok({ status: 'ok' }) },
  {
    method: 'GET',
    path: '/ready',
    answer: (view) => {
      const reasons = view.notReady();
      return reasons.length === 0 ? ok({ ready: true }) : ok({ ready: false, reasons }, 503);
    },
  },
  { method: 'GET', path: '/info', answer: (view) => ok(view.info()) },
  {
    method: 'GET',
    path: '/routes',
    answer: (view) => ok({ routes: [...view.model.routes.values()].map((route) => routeJson(view, route)) }),
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
    answer: (view) => ok({ upstreams: [...view.model.upstreams.keys()].map((id) => upstreamJson(view, id)) }),
  },
  {
    method: 'GET',
    path: '/upstreams/*',
    answer: (view, id) =>
      view.model.upstreams.has(id) ? ok(upstreamJson(view, id)) : missing('upstream', id),
  },
  {
    method: 'GET',
    path: '/plugins',
    answer: async (view) => ok({ plugins: await pluginsJson(view, [...view.model.plugins.keys()]) }),
  },
  {
    method: 'GET',
    path: '/plugins/*',
    answer: plugin,
  },
  { method: 'POST', path: '/plugins/*', answer: reload },
  { method: 'DELETE', path: '/plugins/*', answer: unload },
];

async function plugin(view: AdminView, id: string): Promise<Answer> {
  if (!view.model.plugins.has(id)) return missing('plugin', id);
  const [json] = await pluginsJson(view, [id]);
  return ok(json);
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
