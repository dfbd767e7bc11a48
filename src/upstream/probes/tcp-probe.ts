import { once } from 'node:events';
import type { ProbeResult } from '../../balance/health-target.ts';
import type { Site } from './probe.ts';

/** A connection, with TLS where the upstream has it. Rejects with what broke it. */
export async function probeTcp({ transport, host, port, signal }: Site): Promise<ProbeResult> {
  const socket = transport.connect(host, port);
  try {
    await once(socket, transport.connectEvent, { signal });
    return { success: true, result: 'connected' };
  } finally {
    // What comes after the verdict is nobody's.
    socket.on('error', () => {}).destroy();
  }
}
