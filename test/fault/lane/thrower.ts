import { isMainThread, threadName } from 'node:worker_threads';

/**
 * Loaded into each thread of Loom (`--import`): SIGUSR2 makes one of its data workers throw an error that nobody catches, as a
 * fault in Loom itself would.
 */
const channel = new BroadcastChannel('loom-fault');
channel.unref();
if (isMainThread) process.on('SIGUSR2', () => channel.postMessage('throw'));
else if (threadName === 'loom-worker-0')
  channel.addEventListener('message', () => {
    throw new Error('thrown on purpose');
  });
