import type { IncomingHttpHeaders } from 'node:http2';
import type { ProbeResult } from '../../balance/health-target.ts';
import { grpcFrame, GrpcFrames } from '../callouts/grpc-frames.ts';
import { readBody } from './expected.ts';
import { headOf, withSession } from './http2-probe.ts';
import type { Site } from './probe.ts';

/** grpc.health.v1.HealthCheckResponse.ServingStatus. */
const statuses = ['UNKNOWN', 'SERVING', 'NOT_SERVING', 'SERVICE_UNKNOWN'] as const;

/** grpc.health.v1.Health/Check ("GRPC Health Checking Protocol"): SERVING is a success. */
export function probeGrpc(site: Site): Promise<ProbeResult> {
  return withSession(site, async (session) => {
    const head = {
      ...headOf(site),
      ':method': 'POST',
      ':path': '/grpc.health.v1.Health/Check',
      'content-type': 'application/grpc',
      te: 'trailers',
    };
    const stream = session.request(head, { signal: site.signal });
    let seen: IncomingHttpHeaders = {};
    let http = 0;
    stream.on('response', (headers) => {
      http = headers[':status'] ?? 0;
      seen = headers;
    });
    stream.on('trailers', (headers) => (seen = headers));
    stream.end(grpcFrame(healthCheckRequest(site.check.service ?? '')));
    const body = await readBody(stream);
    if (http !== 200) return { success: false, result: http === 0 ? 'no answer' : `status ${http}` };
    const code = String(seen['grpc-status'] ?? '');
    if (code !== '0') return { success: false, result: `grpc-status ${code || 'missing'}` };
    const [message] = new GrpcFrames(1024).push(body);
    const status = statuses[servingStatus(message ?? Buffer.alloc(0))] ?? 'UNKNOWN';
    return { success: status === 'SERVING', result: status };
  });
}

/** HealthCheckRequest: `string service = 1`, of less than 128 bytes. */
function healthCheckRequest(service: string): Buffer {
  const text = Buffer.from(service);
  return text.length === 0 ? text : Buffer.concat([Buffer.from([0x0a, text.length]), text]);
}

/** HealthCheckResponse: `ServingStatus status = 1`; absent means 0. */
const servingStatus = (message: Buffer): number => (message[0] === 0x08 ? (message[1] ?? 0) : 0);
