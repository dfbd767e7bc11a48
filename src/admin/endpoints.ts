import { pluginJson, routeJson, upstreamJson } from './resources.ts';
import { ok, problem, type Answer } from './responses.ts';
import type { AdminView } from './view.ts';

/** One operation of the admin API. A path that ends in `/*` takes the rest of the URL's path as `name`, slashes included. */
export interface AdminEndpoint {
  readonly method: 'GET' | 'DELETE';
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
    answer: (view) => ok({ plugins: [...view.model.plugins.keys()].map((id) => pluginJson(view, id)) }),
  },
  {
    method: 'GET',
    path: '/plugins/*',
    answer: (view, id) => (view.model.plugins.has(id) ? ok(pluginJson(view, id)) : missing('plugin', id)),
  },
  { method: 'DELETE', path: '/plugins/*', answer: unload },
];

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
  return ok(pluginJson(view, id));
}
