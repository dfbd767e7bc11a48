import type { Schema } from '../../model/schema.ts';
import { logLevels } from '../../model/settings.ts';
import { accessLogSchema } from './settings-access-log.ts';
import { limitsSchema, pathsSchema } from './settings-limits.ts';
import { listenerSchema } from './settings-listener.ts';
import { duration, section } from './settings-sections.ts';
import { tracingSchema } from './settings-tracing.ts';

/** Everything in a loom.yaml that is not an object, with the defaults. */
export const settingsSchema: Schema = {
  type: 'object',
  properties: {
    listeners: {
      type: 'array',
      description: 'Where clients connect.',
      default: [{ name: 'http', address: ':8080', protocol: 'http' }],
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['name'],
      items: listenerSchema,
    },
    admin: section('The admin API. It has no password: whoever reaches it can unload plugins.', {
      enabled: { type: 'boolean', description: 'Whether there is one.', default: true },
      address: {
        type: 'string',
        description: '`host:port`, or `:port` for every address of the machine.',
        default: '127.0.0.1:9091',
      },
    }),
    metrics: section('Metrics, on the admin address.', {
      prometheus: section('For Prometheus to scrape.', {
        enabled: { type: 'boolean', description: 'Whether they can be scraped.', default: true },
        path: { type: 'string', description: 'Path of the page.', pattern: '^/', default: '/metrics' },
      }),
    }),
    limits: limitsSchema,
    paths: pathsSchema,
    workers: {
      type: 'integer',
      format: 'int32',
      description: 'Data workers. 0 means one for each CPU that the process may use.',
      minimum: 0,
      maximum: 256,
      default: 0,
    },
    access_log: accessLogSchema,
    tracing: tracingSchema,
    log_level: {
      type: 'string',
      description: 'Least level that is logged.',
      enum: logLevels,
      default: 'info',
    },
    trusted_proxies: {
      type: 'array',
      description: 'Addresses and networks of peers whose X-Forwarded-* fields are believed.',
      default: [],
      items: { type: 'string' },
    },
    trusted_hops: {
      type: 'integer',
      format: 'int32',
      description:
        'How many proxies before this one add to X-Forwarded-For. The client is the entry that the first of them has left. 0: the last entry that is not in trusted_proxies. Without trusted_proxies every peer counts as a proxy: then nobody else may reach the listeners.',
      minimum: 0,
      maximum: 32,
      default: 0,
    },
    zone: {
      type: 'string',
      description:
        'Zone of this process, for upstreams that prefer endpoints of their own. Empty: the environment variable LOOM_ZONE.',
      pattern: '^[-A-Za-z0-9_.]{0,63}$',
      default: '',
    },
    sticky_secret: {
      type: 'string',
      description:
        'Makes the values of sticky cookies of upstreams that are not objects of a cluster. Replicas need the same, of at least 16 characters. With it a process that starts again can tell clients of HTTP/3 that their connections are no more. Empty: another one at each start.',
      pattern: '^(.{16,})?$',
      default: '',
    },
    rate_limits: section('What the rate limits of all rules share.', {
      max_keys: {
        type: 'integer',
        format: 'int32',
        description:
          'Keys, such as addresses of clients, whose buckets are remembered at once, at about 32 bytes each. Beyond it those that are nearest to full are forgotten.',
        minimum: 1000,
        maximum: 50000000,
        default: 1000000,
      },
      redis: section('Redis or Valkey, which replicas share for limits of scope global.', {
        addresses: {
          type: 'array',
          description:
            '`host:port` of each server; the keys are shared out among them. Empty: there is none, and limits of scope global do what their fallback says.',
          default: [],
          items: { type: 'string' },
        },
        username: { type: 'string', description: 'User of Redis. Empty: the default user.', default: '' },
        password_file: {
          type: 'string',
          description:
            'File that holds the password, relative to this file. It is read for each connection. Empty: no password.',
          default: '',
        },
        tls: section(
          'How connections to them are encrypted. Files are relative to this file, and read for each connection.',
          {
            enabled: { type: 'boolean', description: 'Whether they are.', default: false },
            ca_file: {
              type: 'string',
              description:
                'PEM file of the authorities whose certificates are believed. Empty: the public ones.',
              default: '',
            },
            cert_file: {
              type: 'string',
              description: 'PEM file of the certificate that Loom shows. Empty: none.',
              default: '',
            },
            key_file: { type: 'string', description: 'PEM file of its key.', default: '' },
            server_name: {
              type: 'string',
              description: 'What the certificate of a server must be for. Empty: the host of its address.',
              default: '',
            },
          },
        ),
        database: {
          type: 'integer',
          format: 'int32',
          description: 'Number of the database.',
          minimum: 0,
          maximum: 65535,
          default: 0,
        },
        timeout: {
          ...duration,
          description:
            'Longest that a request waits for Redis. After that it has what the fallback of its limit says, as do all others until Redis answers again.',
          default: '50ms',
        },
      }),
    }),
    overload: section(
      'When a data worker has too much to do it sheds requests, those of the lowest priority first, with 503.',
      {
        loop_delay: {
          ...duration,
          description:
            'How far the event loop of a worker may be behind. What it sheds is measured so that it stays below. 0s: it does not look.',
          default: '100ms',
        },
        memory_percent: {
          type: 'integer',
          format: 'int32',
          description:
            'Percent of the memory of the container, or of the machine where that has no limit, above which requests are shed. 0: it does not look.',
          minimum: 0,
          maximum: 99,
          default: 90,
        },
      },
    ),
    last_good: section(
      'What an operator has read of its cluster, kept beside the plugins that were fetched, for a start while the API server is away.',
      {
        enabled: {
          type: 'boolean',
          description:
            'Whether it is kept. It holds the keys of the certificates that routes name; nobody else may read the file.',
          default: true,
        },
        wait: {
          ...duration,
          description: 'How long a start waits for the API server before it serves what it read last.',
          default: '10s',
        },
      },
    ),
    plugin_sources: section('Plugins that come over the network.', {
      allow: {
        type: 'array',
        description:
          'Where they may come from: `host`, `host:port` or `*.host`, with or without the beginning of a path. Empty: everywhere.',
        default: [],
        items: { type: 'string', pattern: '^(\\*\\.)?[A-Za-z0-9.:[\\]-]+(/[^\\s]*)?$' },
      },
      public_keys: {
        type: 'array',
        description:
          'Public keys in PEM. Where there are any, an image must be signed with one of them, and nothing is taken from a URL.',
        default: [],
        items: { type: 'string', pattern: '^\\s*-----BEGIN PUBLIC KEY-----' },
      },
      refresh_interval: {
        ...duration,
        description: 'Pause between two looks at what a tag or URL means, with pull policy Always.',
        default: '5m',
      },
      cache: section('Where fetched modules are kept, so that a restart does not need the registry.', {
        path: {
          type: 'string',
          description: 'Folder. Empty: `loom/plugins` in the cache folder of the user.',
          default: '',
        },
        max_mib: {
          type: 'integer',
          format: 'int32',
          description: 'Size; beyond it the least recently used go.',
          minimum: 1,
          maximum: 1048576,
          default: 1024,
        },
      }),
    }),
    drain: section('Shutdown.', {
      delay: {
        ...duration,
        description: 'From SIGTERM until no new connection is accepted, so that load balancers can notice.',
        default: '5s',
      },
      timeout: { ...duration, description: 'From then until requests in flight are cut.', default: '45s' },
    }),
  },
};
