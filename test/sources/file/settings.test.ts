import { expect } from 'chai';
import { availableParallelism } from 'node:os';
import { usualFields } from '../../../src/model/access-log.ts';
import { defaultSettings, readSettings } from '../../../src/sources/file/settings.ts';

describe('settings', () => {
  it('have safe defaults', () => {
    expect(defaultSettings()).to.deep.equal({
      listeners: [{ name: 'http', host: '', port: 8080, protocol: 'http' }],
      limits: {
        maxRequestBodyBytes: 0,
        maxHeaderBytes: 65_536,
        maxHeaders: 1000,
        paths: { escapedSlashes: 'keep', mergeSlashes: true },
        halfClose: false,
        headerTimeoutMs: 15_000,
        keepAliveMs: 75_000,
        clientIdleMs: 60_000,
        tunnelIdleMs: 3_600_000,
        http2MaxStreams: 128,
        http2ResetsPerSecond: 100,
        http2OverheadBytesPerSecond: 16_384,
      },
      workers: availableParallelism(),
      admin: { enabled: true, host: '127.0.0.1', port: 9091 },
      metrics: { enabled: true, path: '/metrics' },
      accessLog: {
        output: 'stdout',
        template: undefined,
        fields: usualFields,
        requestHeaders: [],
        responseHeaders: [],
        sampling: { 2: 100, 3: 100, 4: 100 },
        redact: {
          headers: ['authorization', 'proxy-authorization', 'cookie', 'set-cookie', 'x-api-key'],
          query:
            'access_token api_key apikey client_secret code id_token password refresh_token secret sig signature token'.split(
              ' ',
            ),
        },
        bufferSize: 1024 ** 2,
      },
      logLevel: 'info',
      rateLimits: { maxKeys: 1_000_000, redis: [], redisTimeoutMs: 50 },
      overload: { loopDelayMs: 100, memoryPercent: 90 },
      lastGood: { enabled: true, waitMs: 10_000 },
      zone: '',
      stickySecret: '',
      pluginSources: { allow: [], publicKeys: [], cachePath: '', cacheBytes: 1024 ** 3, refreshMs: 300_000 },
      trustedProxies: [],
      trustedHops: 0,
      drain: { delayMs: 5000, timeoutMs: 45_000 },
    });
  });

  it('take what is said and default the rest of a section', () => {
    const plain = { name: 'plain', host: 'localhost', port: 0, protocol: 'http', httpsPort: 8443 };
    const result = readSettings({
      listeners: [
        { name: 'web', address: '[::1]:443', protocol: 'https', proxy_protocol: true },
        {
          name: 'plain',
          address: 'localhost:0',
          redirect_to_https: 8443,
          max_connections: 9,
          max_connections_per_address: 3,
        },
      ],
      admin: { enabled: false },
      limits: { header_timeout: '1m' },
      trusted_proxies: ['10.0.0.0/8', '::1'],
      trusted_hops: 2,
      drain: { delay: '0s' },
      log_level: 'debug',
    });
    expect('settings' in result && result.settings).to.deep.equal({
      ...defaultSettings(),
      listeners: [
        { name: 'web', host: '::1', port: 443, protocol: 'https', proxyProtocol: true },
        { ...plain, maxConnections: 9, maxConnectionsPerAddress: 3 },
      ],
      admin: { enabled: false, host: '127.0.0.1', port: 9091 },
      limits: { ...defaultSettings().limits, headerTimeoutMs: 60_000 },
      trustedProxies: ['10.0.0.0/8', '::1/128'],
      trustedHops: 2,
      drain: { delayMs: 0, timeoutMs: 45_000 },
      logLevel: 'debug',
    });
  });

  it('find the authorities of clients beside the file', () => {
    const tls = { client_ca: 'ca.crt', client_auth: 'optional', min_version: '1.3' };
    const listeners = [
      { name: 'a', address: ':1', protocol: 'https', tls },
      { name: 'b', address: ':2', protocol: 'https', tls: { client_ca: '/etc/ca.crt' } },
    ];
    const result = readSettings({ listeners }, '/etc/loom');
    expect('settings' in result && result.settings.listeners.map((listener) => listener.tls)).to.deep.equal([
      { clientCa: '/etc/loom/ca.crt', clientAuth: 'optional', minVersion: '1.3' },
      { clientCa: '/etc/ca.crt', clientAuth: 'required', minVersion: '1.2' },
    ]);
  });

  const wrong: readonly [string, Record<string, unknown>, string, string][] = [
    ['an unknown section', { listener: [] }, '/listener', 'unknown field'],
    ['an unknown field', { admin: { adress: ':1' } }, '/admin/adress', 'unknown field'],
    ['an address without port', { admin: { address: 'localhost' } }, '/admin/address', 'host:port'],
    [
      'an address with port 70000',
      { listeners: [{ name: 'a', address: ':70000' }] },
      '/listeners/0/address',
      'host:port',
    ],
    [
      'a bare IPv6 address',
      { listeners: [{ name: 'a', address: '::1:80' }] },
      '/listeners/0/address',
      'host:port',
    ],
    [
      'brackets around a name',
      { listeners: [{ name: 'a', address: '[a]:80' }] },
      '/listeners/0/address',
      'host:port',
    ],
    ['a listener without name', { listeners: [{ address: ':1' }] }, '/listeners/0/name', 'is required'],
    [
      'an unknown protocol',
      { listeners: [{ name: 'a', address: ':1', protocol: 'tcp' }] },
      '/listeners/0/protocol',
      'must be one of http, https',
    ],
    [
      'TLS of a listener without TLS',
      { listeners: [{ name: 'a', address: ':1', tls: { min_version: '1.3' } }] },
      '/listeners/0/tls',
      'protocol: https',
    ],
    [
      'a redirect of https to https',
      { listeners: [{ name: 'a', address: ':1', protocol: 'https', redirect_to_https: 443 }] },
      '/listeners/0/redirect_to_https',
      'protocol: http',
    ],
    [
      'HTTP/3 without TLS',
      { listeners: [{ name: 'a', address: ':1', http3: { enabled: true } }] },
      '/listeners/0/http3',
      'protocol: https',
    ],
    [
      'HTTP/3 behind the PROXY protocol',
      {
        listeners: [
          { name: 'a', address: ':1', protocol: 'https', http3: { enabled: true }, proxy_protocol: true },
        ],
      },
      '/listeners/0/http3',
      'proxy_protocol',
    ],
    [
      'TLS 1.1',
      { listeners: [{ name: 'a', address: ':1', protocol: 'https', tls: { min_version: '1.1' } }] },
      '/listeners/0/tls/min_version',
      'must be one of 1.2, 1.3',
    ],
    [
      'two listeners of one name',
      {
        listeners: [
          { name: 'a', address: ':1' },
          { name: 'a', address: ':2' },
        ],
      },
      '/listeners/1',
      'duplicate',
    ],
    [
      'two listeners on one address',
      {
        listeners: [
          { name: 'a', address: ':1' },
          { name: 'b', address: ':1' },
        ],
      },
      '/listeners/1/address',
      'listener a',
    ],
    ['a number as duration', { limits: { keep_alive: 75 } }, '/limits/keep_alive', 'a text'],
    ['no time at all', { limits: { client_idle: '0s' } }, '/limits/client_idle', 'more than 0'],
    [
      'a share of memory that is all of it',
      { overload: { memory_percent: 100 } },
      '/overload/memory_percent',
      'at most 99',
    ],
    [
      'a delay without a unit',
      { overload: { loop_delay: '200' } },
      '/overload/loop_delay',
      'must be a duration',
    ],
    [
      'a file for a Redis in clear',
      { rate_limits: { redis: { tls: { ca_file: 'a' } } } },
      '/rate_limits/redis/tls',
      'has no effect without enabled: true',
    ],
    [
      'a certificate without a key',
      { rate_limits: { redis: { tls: { enabled: true, cert_file: 'a' } } } },
      '/rate_limits/redis/tls',
      'cert_file and key_file need each other',
    ],
    ['a duration beyond a timer', { drain: { timeout: '9999h' } }, '/drain/timeout', 'at most 596h'],
    ['a tiny head', { limits: { max_header_bytes: 10 } }, '/limits/max_header_bytes', 'at least 1024'],
    ['half a worker', { workers: 0.5 }, '/workers', 'whole number'],
    ['yes for true', { access_log: 'yes' }, '/access_log', 'true or false'],
    ['an unknown level', { log_level: 'loud' }, '/log_level', 'must be one of trace'],
    [
      'a name as trusted proxy',
      { trusted_proxies: ['lb.example.com'] },
      '/trusted_proxies/0',
      'IP address or a network',
    ],
    [
      'a network of 33 bits',
      { trusted_proxies: ['::1', '10.0.0.0/33'] },
      '/trusted_proxies/1',
      'IP address or a network',
    ],
    [
      'a relative metrics path',
      { metrics: { prometheus: { path: 'metrics' } } },
      '/metrics/prometheus/path',
      'must begin with /',
    ],
  ];
  for (const [name, value, path, message] of wrong) {
    it(`refuse ${name}`, () => {
      const result = readSettings(value);
      const problems = 'problems' in result ? result.problems : [];
      expect(problems.map((p) => p.path)).to.deep.equal([path]);
      expect(problems[0]?.message).to.include(message);
    });
  }
});
