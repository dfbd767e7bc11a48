/** `npm start`: Loom on examples/loom.yaml with a small backend, and what to try. Ctrl-C ends it. */
import { spawn } from 'node:child_process';
import { copyFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout } from 'node:timers/promises';
import { buildPlugins } from './build-plugins.ts';

const backend = createServer((request, response) => {
  if (request.url === '/health') return response.end('ok\n');
  response.setHeader('content-type', 'application/json');
  const { method, url, headers } = request;
  return response.end(
    `${JSON.stringify({ backend: 'demo on :3000', method, url, headers }, undefined, 2)}\n`,
  );
});
backend.once('error', (error: NodeJS.ErrnoException) => {
  console.error(`the demo backend cannot listen on port 3000: ${error.code}`);
  process.exit(1);
});
backend.listen(3000);

await buildPlugins();
copyFileSync('plugins/examples/rate-limit/build/rate-limit.wasm', 'examples/rate-limit.wasm');
const loom = spawn(process.execPath, ['src/main.ts', 'serve', 'examples/loom.yaml'], { stdio: 'inherit' });
process.on('SIGTERM', () => loom.kill('SIGTERM'));
// Not passed on: the terminal has told Loom already, and a second signal would end it without a drain.
process.on('SIGINT', () => {});
loom.once('exit', (code) => process.exit(code ?? 1));

async function isReady(): Promise<boolean> {
  try {
    return (await fetch('http://127.0.0.1:9091/ready')).ok;
  } catch {
    return false;
  }
}
while (!(await isReady())) await setTimeout(100);
console.log(`
Loom is ready. In another terminal:

  curl -i http://localhost:8080/api/hello          through Loom and its rate-limit plugin to the backend
  curl -s http://localhost:9091/routes             what is served
  curl -s http://localhost:9091/upstreams          endpoints, health, circuit breaker
  curl -s http://localhost:9091/plugins            the plugin
  curl -s http://localhost:9091/metrics            Prometheus metrics

Edit examples/loom.yaml and save: the change is served at once. Ctrl-C ends the demo.
`);
