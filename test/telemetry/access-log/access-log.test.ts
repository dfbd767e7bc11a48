import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { defaultSettings } from '../../../src/sources/file/settings.ts';
import { AccessLog } from '../../../src/telemetry/access-log/access-log.ts';
import { exchangeOf } from '../../support/requests.ts';

describe('AccessLog', () => {
  let folder = '';
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-access-log-'));
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('keeps that part of the answers of a class that is asked for, and all that failed', async () => {
    const { accessLog } = defaultSettings();
    if (!accessLog) throw new Error('there is none');
    const output = join(folder, 'log');
    const sampling = { 2: 25, 3: 0, 4: 100 };
    let turn = 0;
    const silent = { warn: () => undefined, info: () => undefined };
    const settings = { ...accessLog, output, template: '${status}', sampling };
    const log = new AccessLog(settings, silent, () => (turn++ % 4) / 4);
    const { exchange } = exchangeOf('GET a/');
    for (const status of [0, 101, 200, 302, 404, 500, 503])
      for (let i = 0; i < 8; i++) log.write(exchange, status);
    await log.close();
    const counts: Record<string, number> = {};
    for (const status of readFileSync(output, 'utf8').trimEnd().split('\n'))
      counts[status] = (counts[status] ?? 0) + 1;
    expect(counts).to.deep.equal({ 0: 8, 101: 2, 200: 2, 404: 8, 500: 8, 503: 8 });
    const [lines] = log.toJson();
    const values = Object.fromEntries(
      lines?.values.map(({ labels, value }) => [labels['outcome'], value]) ?? [],
    );
    expect(values).to.deep.equal({ written: 36, dropped: 0, 'sampled-out': 20 });
  });
});
