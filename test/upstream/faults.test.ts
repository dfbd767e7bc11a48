import { createServer, type Http2Server } from 'node:http2';
import type { AddressInfo, Socket } from 'node:net';
import { expect } from 'chai';
import { endpointCell } from '../../src/balance/shared.ts';
import type { Timeouts } from '../../src/model/model.ts';
import type { Protocol } from '../../src/model/upstream.ts';
import { sendRaw } from '../http/raw-client.ts';
import { get, last } from '../http/world.ts';
import { eventually } from '../support/wait.ts';
import { deadPort, Gateway } from './world.ts';

const circuitBreaker = { failureThreshold: 1, successThreshold: 1, timeoutMs: 60_000 };
const outlierDetection = {
  consecutiveErrors: 0,
  errorPercent: 0,
  latencyFactor: 0,
  minRequests: 1,
  intervalMs: 60_000,
  ejectionMs: 60_000,
  maxEjectionMs: 60_000,
  maxEjectionPercent: 100,
  statuses: [],
};
const upload = 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\nConnection: close\r\n\r\n';
const upgrade = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade, close\r\nUpgrade: websocket\r\n\r\n';
const call =
  'POST / HTTP/1.1\r\nHost: a\r\nContent-Type: application/grpc\r\ngrpc-timeout: 200m\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok';

/** What an endpoint does: nothing; nor is there one; it takes no connection; it takes none in time; it speaks HTTP/2 without upgrades. */
type Endpoint = 'silent' | 'none' | 'dead' | 'http2' | 'garbage';

interface Case {
  readonly endpoint: Endpoint;
  readonly sent: string;
  readonly timeouts?: Partial<Timeouts>;
  readonly answered: RegExp;
  readonly isFault: boolean;
}

const cases: Readonly<Record<string, Case>> = {
  'a connection that is refused': {
    endpoint: 'dead',
    sent: get('/', last),
    answered: /connect-failed/,
    isFault: true,
  },
  'an answer that is not HTTP': {
    endpoint: 'garbage',
    sent: get('/', last),
    answered: /upstream-protocol/,
    isFault: true,
  },
  'no answer in time': {
    endpoint: 'silent',
    sent: get('/', last),
    timeouts: { responseMs: 200 },
    answered: /response-timeout/,
    isFault: true,
  },
  'no answer in the time of the whole': {
    endpoint: 'silent',
    sent: get('/', last),
    timeouts: { requestMs: 200 },
    answered: /exchange-timeout/,
    isFault: true,
  },
  'a client that still sends when time is up': {
    endpoint: 'silent',
    sent: `${upload}half`,
    timeouts: { requestMs: 200 },
    answered: /exchange-timeout/,
    isFault: false,
  },
  'a client that still sends when the time of a try is up': {
    endpoint: 'silent',
    sent: `${upload}half`,
    timeouts: { perTryMs: 200 },
    answered: /response-timeout/,
    isFault: false,
  },
  'the deadline of a client': {
    endpoint: 'silent',
    sent: call,
    answered: /exchange-timeout/,
    isFault: false,
  },
  'no endpoint': { endpoint: 'none', sent: get('/', last), answered: /no-endpoint/, isFault: false },
  'an upgrade that there is not': {
    endpoint: 'http2',
    sent: upgrade,
    answered: /upgrade-unsupported/,
    isFault: false,
  },
};

describe('the circuit breaker and the passive health checks', () => {
  let gateway: Gateway;
  let server: Http2Server | undefined;
  beforeEach(() => (gateway = new Gateway()));
  afterEach(async () => {
    await gateway.close();
    server?.close();
    server = undefined;
  });

  const portsOf = async (endpoint: Endpoint): Promise<readonly number[]> => {
    if (endpoint === 'none') return [];
    if (endpoint === 'dead') return [await deadPort()];
    if (endpoint !== 'http2') {
      const answer = (socket: Socket): void =>
        void socket.on('data', () => endpoint === 'garbage' && socket.write('HELLO\r\n\r\n'));
      return [await gateway.rawBackend(answer)];
    }
    const listening = createServer();
    server = listening;
    await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
    return [(listening.address() as AddressInfo).port];
  };

  for (const [what, { endpoint, sent, timeouts = {}, answered, isFault }] of Object.entries(cases)) {
    it(`${isFault ? 'hear' : 'do not hear'} of ${what}`, async () => {
      const protocol: Protocol = endpoint === 'http2' ? 'H2c' : 'Http';
      const port = await gateway.start(await portsOf(endpoint), {
        timeouts,
        retries: { attempts: 0 },
        upstream: { protocol, circuitBreaker, outlierDetection },
      });
      expect(await sendRaw(port, sent)).to.match(answered);
      await eventually('it is told', () => gateway.exchanges.length === 1);
      expect(gateway.cluster.breaker?.state).to.equal(isFault ? 'open' : 'closed');
      const errors = gateway.cluster.endpoints.current.map(({ slot }) =>
        Atomics.load(gateway.shared.cells, gateway.shared.endpoint(slot, endpointCell.errors)),
      );
      expect(errors).to.deep.equal(endpoint === 'none' ? [] : [isFault ? 1 : 0]);
    });
  }
});
