import { caddy } from './proxies/caddy.ts';
import { envoy } from './proxies/envoy.ts';
import { haproxy } from './proxies/haproxy.ts';
import { loom } from './proxies/loom.ts';
import { nginx } from './proxies/nginx.ts';
import type { Proxy } from './proxies/proxy.ts';

export const proxies: readonly Proxy[] = [loom, nginx, haproxy, envoy, caddy];
