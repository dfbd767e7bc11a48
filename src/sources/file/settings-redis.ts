import { resolve } from 'node:path';
import type { Problem } from '../../model/problem.ts';
import type { RedisTls } from '../../model/settings.ts';

/** As it is written. */
export interface ToldRedisTls {
  readonly enabled: boolean;
  readonly ca_file: string;
  readonly cert_file: string;
  readonly key_file: string;
  readonly server_name: string;
}

/** undefined: connections are in clear. Paths of files start at `folder`. */
export function toRedisTls(told: ToldRedisTls, folder: string, problems: Problem[]): RedisTls | undefined {
  const { enabled, ca_file: ca, cert_file: cert, key_file: key, server_name: serverName } = told;
  const path = '/rate_limits/redis/tls';
  if ((cert === '') !== (key === ''))
    problems.push({ path, message: 'cert_file and key_file need each other' });
  if (!enabled && [ca, cert, key, serverName].some((text) => text !== ''))
    problems.push({ path, message: 'has no effect without enabled: true' });
  if (!enabled) return undefined;
  const file = (text: string): string => text && resolve(folder, text);
  return { caFile: file(ca), certFile: file(cert), keyFile: file(key), serverName };
}
