import type { Http3Stats } from '../http/http3/engine.ts';
import type { MetricJson } from './series.ts';

interface Figures {
  readonly name: string;
  readonly http3: Http3Stats | undefined;
}

const help: Readonly<Record<keyof Http3Stats, readonly [name: string, help: string]>> = {
  datagramsReceived: ['loom_http3_datagrams_received_total', 'Datagrams of QUIC that came.'],
  datagramsSent: ['loom_http3_datagrams_sent_total', 'Datagrams of QUIC that were sent.'],
  datagramsDropped: ['loom_http3_datagrams_dropped_total', 'Datagrams that belonged to no connection.'],
  datagramsForwarded: [
    'loom_http3_datagrams_forwarded_total',
    'Datagrams that were handed over to the worker of their connection.',
  ],
  packetsLost: ['loom_http3_packets_lost_total', 'Packets to clients that were declared lost.'],
  retries: ['loom_http3_retries_total', 'Clients that were asked to prove their address first.'],
  statelessResets: [
    'loom_http3_stateless_resets_total',
    'Packets of connections that nobody knows, and that were reset.',
  ],
  handshakes: ['loom_http3_handshakes_total', 'Handshakes of QUIC that were completed.'],
  resumedHandshakes: [
    'loom_http3_handshakes_resumed_total',
    'Completed handshakes of QUIC that went on with a session of before.',
  ],
  failedHandshakes: ['loom_http3_handshakes_failed_total', 'Handshakes of QUIC that were not completed.'],
};

/** What HTTP/3 has seen, by listener. */
export function http3Series(listeners: readonly Figures[]): MetricJson[] {
  const stats = listeners.flatMap(({ name, http3 }) => (http3 ? [{ listener: name, http3 }] : []));
  return Object.entries(help).map(([key, [name, text]]) => ({
    name,
    help: text,
    type: 'counter',
    aggregator: 'sum',
    values: stats.map(({ listener, http3 }) => ({
      value: http3[key as keyof Http3Stats],
      labels: { listener },
    })),
  }));
}
