import { probe, type Case } from './case.ts';

const ask = (callback: string, ...paths: readonly string[]): string[] =>
  paths.map((path) => `${callback} property ${path}`);

/** Attributes: what each phase tells, and in which encoding. */
export const properties: readonly Case[] = [
  {
    name: 'tells about the request',
    chain: [
      probe(
        ...ask(
          'request_headers',
          'request.path',
          'request.url_path',
          'request.query',
          'request.host',
          'request.scheme',
          'request.method',
          'request.referer',
          'request.useragent',
          'request.protocol',
          'request.headers.x-multi',
          'request.headers.x-absent',
          'request.absent',
          'absent',
        ),
        'request_headers property_kind request.time',
        'request_headers property request.duration',
      ),
    ],
    path: '/a/b?c=d',
    headers: [
      ['user-agent', 'test/1'],
      ['referer', 'http://from.test/'],
      ['x-multi', '1'],
      ['x-multi', '2'],
    ],
    status: 200,
    shows: 'request.query -> 0 3 c=d',
  },
  {
    name: 'tells nothing about a response that is not there',
    chain: [
      probe(
        ...ask(
          'request_headers',
          'response.code',
          'response.code_details',
          'response.headers',
          'response.flags',
          'response.grpc_status',
          'upstream.address',
          'upstream.port',
        ),
      ),
    ],
    status: 200,
  },
  {
    name: 'tells about the response',
    chain: [
      probe(
        ...ask('response_headers', 'response.code', 'response.headers.x-out'),
        ...ask('log', 'response.code', 'response.code_details', 'response.headers.x-out', 'request.size'),
        'log property_kind request.duration',
        'log property_kind response.size',
      ),
    ],
    answer: { headers: [['x-out', 'out']], body: ['hello'] },
    status: 200,
    shows: 'response.code -> 0 8 0xc800000000000000',
  },
  {
    name: 'tells about addresses',
    chain: [
      probe(
        ...ask('request_headers', 'source.address', 'destination.address'),
        'request_headers property_kind source.port',
        'request_headers property_kind destination.port',
        'response_headers property upstream.address',
        'response_headers property_kind upstream.port',
      ),
    ],
    answer: { body: ['hello'] },
    status: 200,
    shows: 'ADDRESS',
  },
  {
    name: 'tells about a connection without TLS',
    chain: [
      probe(
        ...ask(
          'request_headers',
          'connection.mtls',
          'connection.requested_server_name',
          'connection.tls_version',
          'connection.subject_local_certificate',
          'connection.subject_peer_certificate',
          'connection.termination_details',
        ),
        'request_headers property_kind connection.id',
      ),
    ],
    answer: { body: ['hello'] },
    status: 200,
  },
  {
    name: 'tells about the plugin and the route',
    chain: [
      {
        ...probe(
          'request_headers property plugin_name',
          'request_headers property plugin_root_id',
          'request_headers property xds.route_name',
          'request_headers property xds.cluster_name',
          'request_headers property_set xds.node',
        ),
        rootId: 'some-root',
      },
    ],
    answer: { body: ['hello'] },
    status: 200,
    shows: 'some-root',
  },
  {
    name: 'keeps what one plugin sets for the next',
    chain: [
      probe(
        'request_headers set_property mine something',
        'request_headers property mine',
        'log property theirs',
      ),
      probe(
        'request_headers property mine',
        'response_headers set_property theirs else',
        'log property mine',
      ),
    ],
    answer: { body: ['hello'] },
    status: 200,
    shows: 'mine -> 0 9 something',
  },
  {
    name: 'does not let itself be talked into other attributes',
    chain: [probe('request_headers set_property request.path /x', 'request_headers property request.path')],
    answer: { body: ['hello'] },
    status: 200,
    shows: 'request.path -> 0 1 /',
  },
  {
    name: 'gives maps and whole groups',
    chain: [
      probe(
        'request_headers property_set request.headers',
        'request_headers property_set request',
        'request_headers property_set filter_state',
        'request_headers property_set metadata',
        'response_headers property_set response.headers',
      ),
    ],
    answer: { body: ['hello'] },
    status: 200,
  },
  {
    name: 'knows the path that a plugin has set',
    chain: [
      probe(
        'request_headers replace 0 :path /changed?q=1',
        'request_headers property request.path',
        'request_headers property request.url_path',
        'request_headers property request.query',
      ),
    ],
    answer: { body: ['hello'] },
    status: 200,
    shows: '/changed?q=1',
  },
  {
    name: 'tells about the request when the response comes',
    chain: [probe('response_headers property request.path', 'response_headers get 0 :path')],
    answer: { body: ['hello'] },
    status: 200,
    shows: '@ response_headers property request.path -> 1',
    differs: {
      why: 'Headers, and the attributes made of them, can be read in every later callback.',
      shows: '@ response_headers property request.path -> 0 1 /',
    },
  },
];
