import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { type Cluster, cluster, installCrds } from '../support/cluster.ts';
import { startBackend } from '../support/cluster-backend.ts';
import {
  apply,
  clear,
  conditions,
  createNamespace,
  loom,
  routeTo,
  served,
  staticUpstream,
} from '../support/cluster-objects.ts';
import { type Operator, serves, startOperator } from '../support/cluster-operator.ts';
import { addHeaders, sha256, withDebugInformation } from '../support/cluster-plugin.ts';
import { until } from '../support/cluster-wait.ts';

const ns = 'pieces';
/** What `split -b 900K` of docs/plugin-sources.md makes. */
const pieceBytes = 900 * 1024;

const example = async (name: string, bytes: number): Promise<Uint8Array> =>
  withDebugInformation(await readFile(`plugins/examples/${name}/build/${name}.wasm`), bytes);

describe('a module that is larger than a ConfigMap', () => {
  let kube: Cluster;
  let operator: Operator;
  let backend: Awaited<ReturnType<typeof startBackend>>;
  let folder: string;

  before(async () => {
    kube = await cluster();
    await installCrds(kube);
    await createNamespace(kube, ns);
    folder = await mkdtemp(join(tmpdir(), 'loom-pieces-'));
    backend = await startBackend('shop');
    operator = await startOperator(kube);
  });
  afterEach(() => clear(kube, ns));
  after(async () => {
    await operator?.stop();
    await backend?.stop();
    if (folder) await rm(folder, { recursive: true });
  });

  /** As docs/plugin-sources.md says it: what `kubectl apply` notes of an object would not have room in it. */
  const putPiece = async (n: number, module: Uint8Array): Promise<void> => {
    const [name, file] = [`auth-${n}`, join(folder, 'chunk')];
    await writeFile(file, module.subarray(n * pieceBytes, (n + 1) * pieceBytes));
    const create = ['create', 'configmap', name, '-n', ns, `--from-file=chunk=${file}`];
    const yaml = await kube.kubectl([...create, '--dry-run=client', '-o', 'yaml']);
    await kube.kubectl(['apply', '--server-side', '-f', '-'], yaml);
    await kube.kubectl(['label', 'configmap', name, '-n', ns, '--overwrite', 'loom.dev/wasm=true']);
  };
  const digestServed = async (): Promise<string> => {
    const { body } = await operator.admin(`/plugins/${encodeURIComponent(`${ns}/auth`)}`);
    return (JSON.parse(body) as { digest: string }).digest;
  };

  it('comes in pieces, and stays what it was while only one of them is of the next version', async () => {
    const [first, second] = [await example('header-rewrite', 1_200_000), await example('hello', 1_300_000)];
    await putPiece(0, first);
    await putPiece(1, first);
    await apply(
      kube,
      loom('WasmPlugin', ns, 'auth', {
        source: {
          configMapChunks: [
            { name: 'auth-0', key: 'chunk' },
            { name: 'auth-1', key: 'chunk' },
          ],
        },
        config: addHeaders('first'),
      }),
      staticUpstream(ns, 'shop', backend.address, backend.port),
      routeTo('shop', ns, 'pieces.test', { plugins: [{ name: 'auth' }] }),
    );
    expect((await serves(operator, 'pieces.test', 'shop')).headers).to.include({
      'x-response-from': 'first',
    });
    await conditions(kube, ns, 'wp/auth', served);
    expect(await digestServed()).to.equal(sha256(first));

    await putPiece(0, second);
    const { Programmed } = await conditions(kube, ns, 'wp/auth', { Accepted: 'True', Programmed: 'False' });
    expect(Programmed?.reason).to.equal('ModuleUnavailable');
    expect(Programmed?.message).to.match(/^the module does not compile: .* goes on being served\.$/);
    expect((await operator.get('pieces.test')).headers).to.include({ 'x-response-from': 'first' });
    expect(await digestServed()).to.equal(sha256(first));

    await putPiece(1, second);
    await until('answer through the next version', async () => {
      const { headers } = await operator.get('pieces.test');
      return headers['x-hello'] === 'world' || undefined;
    });
    await conditions(kube, ns, 'wp/auth', served);
    expect(await digestServed()).to.equal(sha256(second));
  });
});
