import type { Schema } from '../../model/schema.ts';
import { logLevels } from '../../model/settings.ts';
import { limitsSchema, pathsSchema } from './settings-limits.ts';
import { duration, section } from './settings-sections.ts';

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
      items: {
        type: 'object',
        required: ['name', 'address'],
        properties: {
          name: {
            type: 'string',
            description: 'Name of the listener, for logs and metrics.',
            pattern: '^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$',
          },
          address: {
            type: 'string',
            description: '`host:port`, or `:port` for every address of the machine.',
          },
          protocol: {
            type: 'string',
            description: 'What is spoken there.',
            enum: ['http', 'https'],
            default: 'http',
          },
          proxy_protocol: {
            type: 'boolean',
            description:
              'Every connection begins with a header of the PROXY protocol, version 1 or 2, which says whom it is of. With trusted_proxies only they may connect.',
            default: false,
          },
          max_connections: {
            type: 'integer',
            format: 'int32',
            description:
              'Most connections at once; beyond it new ones are closed as they come. 0 means no limit.',
            minimum: 0,
            maximum: 10000000,
            default: 0,
          },
          max_connections_per_address: {
            type: 'integer',
            format: 'int32',
            description:
              'A client whose address has so many connections, to all listeners with a limit together, gets no other one here. With proxy_protocol the address is the one of its header. 0 means no limit.',
            minimum: 0,
            maximum: 10000000,
            default: 0,
          },
          redirect_to_https: {
            type: 'integer',
            format: 'int32',
            description:
              'Answer requests with a redirect to https at this port, but for ACME challenges. 0: route them.',
            minimum: 0,
            maximum: 65535,
            default: 0,
          },
          tls: {
            type: 'object',
            description: 'What https asks of clients.',
            properties: {
              client_ca: {
                type: 'string',
                description:
                  'PEM file of the authorities whose client certificates are believed, relative to this file. It is read again when it changes. Without it no client is asked for a certificate.',
                pattern: '^.',
              },
              client_auth: {
                type: 'string',
                description: 'Whether a client must have a certificate; a wrong one is never let in.',
                enum: ['optional', 'required'],
                default: 'required',
              },
              min_version: {
                type: 'string',
                description: 'Least version of TLS.',
                enum: ['1.2', '1.3'],
                default: '1.2',
              },
            },
          },
        },
      },
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
    access_log: {
      type: 'boolean',
      description: 'One line of JSON on stdout for each request.',
      default: true,
    },
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
        'Makes the values of sticky cookies of upstreams that are not objects of a cluster. Replicas need the same, of at least 16 characters. Empty: another one at each start.',
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
