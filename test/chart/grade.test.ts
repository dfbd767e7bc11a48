import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import { graders, type Graders } from '../../hack/chart/graders.ts';
import { assets } from '../../hack/cluster/build.ts';
import { run } from '../support/cluster-command.ts';
import { render } from './render.ts';

/** What kube-score finds that the chart means. */
const meant = [
  '--ignore-container-cpu-limit', // it would make a pod stand still in the middle of requests
  '--ignore-test=container-image-pull-policy', // tags are versions, and do not change
];

describe('the graders', () => {
  let tools: Graders;
  let folder: string;
  before(async function () {
    this.timeout(600_000);
    tools = await graders();
    folder = mkdtempSync(join(tmpdir(), 'loom-grade-'));
  });
  after(() => rmSync(folder, { recursive: true }));

  /** The rendered objects as a file, without those of kinds that only other projects' CRDs define. */
  const file = async (name: string, ...more: readonly string[]): Promise<string> => {
    const objects = parseAllDocuments(await render(`charts/loom/ci/${name}-values.yaml`, ...more));
    const own = objects.filter((object) => !/^(monitoring|gateway)\./.test(String(object.get('apiVersion'))));
    const path = join(folder, `${name}.yaml`);
    writeFileSync(path, own.map(String).join('---\n'));
    return path;
  };

  for (const chart of ['charts/loom', 'charts/loom-crds']) {
    it(`helm lint --strict passes ${chart}`, async () =>
      run((await assets()).helm, ['lint', '--strict', chart]));
  }
  it('kubectl-validate passes the CRDs', () => run(tools.validate, ['crds']));
  for (const name of ['minimal', 'full', 'namespaced', 'dashboard']) {
    it(`kubectl-validate passes the values "${name}"`, async () =>
      run(tools.validate, ['--version', '1.30', '--local-crds', 'crds', await file(name)]));
  }
  for (const name of ['minimal', 'full']) {
    it(`kube-score passes the values "${name}"`, async () =>
      run(tools.score, [
        'score',
        '--kubernetes-version',
        'v1.34',
        ...meant,
        await file(name, '--skip-tests'),
      ]));
  }
});
