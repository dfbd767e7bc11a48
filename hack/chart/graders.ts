import { join } from 'node:path';
import { goTools } from '../go-tools.ts';

/** Paths of the programs that judge manifests. */
export interface Graders {
  /** The API server's own validation, offline. */
  readonly validate: string;
  /** What an operator of clusters would find fault with. */
  readonly score: string;
}

/** Both are kept under `~/.cache/loom`. Rejects where there is no Go. */
export async function graders(): Promise<Graders> {
  const at = (folder: string): string => join(import.meta.dirname, folder);
  const validate = await goTools('kubectl-validate', at('validate'), ['sigs.k8s.io/kubectl-validate']);
  const score = await goTools('kube-score', at('score'), ['github.com/zegl/kube-score/cmd/kube-score']);
  return { validate: join(validate, 'kubectl-validate'), score: join(score, 'kube-score') };
}
