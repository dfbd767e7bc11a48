import { network, stopSharedCluster } from './cluster.ts';
import { refuseLeftovers } from './cluster-objects.ts';

export const mochaHooks = {
  /** Says at the head of the report what this run cannot test. */
  beforeAll(): void {
    if (!network) console.log('  (no network namespace: tests of Services with EndpointSlices are skipped)');
  },
  async afterAll(this: Mocha.Context): Promise<void> {
    this.timeout(180_000);
    await stopSharedCluster(refuseLeftovers);
  },
};
