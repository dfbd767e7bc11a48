import type { Schema } from '../../model/schema.ts';
import { http3Schema } from './settings-http3.ts';

/** One of `listeners`: an address, and what is spoken there. */
export const listenerSchema: Schema = {
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
      description: 'Most connections at once; beyond it new ones are closed as they come. 0 means no limit.',
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
    http3: http3Schema,
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
};
