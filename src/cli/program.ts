import { basename } from 'node:path';

/** kubectl runs a file of that name in the path as `kubectl loom`. */
const isKubectlPlugin = [process.argv[1] ?? '', process.argv0].some((path) =>
  /^kubectl-loom(\.(exe|js|ts))?$/.test(basename(path)),
);

/** How people call this program. */
export const programName = isKubectlPlugin ? 'kubectl loom' : 'loom';

/** Whether commands that look at a configuration mean the cluster when nothing else is said. */
export const startsFromCluster = (): boolean => isKubectlPlugin;
