/**
 * For `node --import`: keeps a CPU profile of the data worker from LOOM_PROFILE_FROM to LOOM_PROFILE_TO seconds after its start, and
 * writes it to LOOM_PROFILE. That needs one worker.
 */
import { writeFileSync } from 'node:fs';
import { Session, type Profiler } from 'node:inspector';
import { isMainThread } from 'node:worker_threads';

const { LOOM_PROFILE: file = '', LOOM_PROFILE_FROM: from = '', LOOM_PROFILE_TO: to = '' } = process.env;

if (!isMainThread) {
  const session = new Session();
  session.connect();
  session.post('Profiler.enable');
  session.post('Profiler.setSamplingInterval', { interval: 250 });
  setTimeout(() => session.post('Profiler.start'), Number(from) * 1000).unref();
  const write = (_: Error | null, { profile }: Profiler.StopReturnType): void =>
    writeFileSync(file, JSON.stringify(profile));
  setTimeout(() => session.post('Profiler.stop', write), Number(to) * 1000).unref();
}
