import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Image } from '../../../hack/image/build.ts';
import { run } from '../cluster-command.ts';
import type { Api } from './api.ts';
import { type Contained, runContainer } from './container.ts';
import type { Pod, Probe } from './spec.ts';
import { makeVolumes } from './volumes.ts';

/** What pods of a node have in common. */
export interface Node {
  readonly api: Api;
  readonly image: Image;
  readonly folder: string;
  /** Where pods find the API server, and what stands between them and the network. */
  readonly apiserver: { readonly host: string; readonly port: number };
  /** Lines of /etc/hosts with the Services that there are. */
  hosts(): Promise<string>;
}

/** One pod of one container, from its network to its end, as a kubelet runs it: probes, the preStop pause, the grace period. */
export class PodProcess {
  readonly #node: Node;
  readonly #pod: Pod;
  readonly #address: string;
  readonly #network: string;
  readonly #path: string;
  readonly #ended: Promise<void>;
  #contained: Contained | undefined;
  #stopping = false;

  /** @param number of the pod, from 0 to 9,999: its address and the name of its network follow from it */
  constructor(node: Node, pod: Pod, number: number) {
    this.#node = node;
    this.#pod = pod;
    this.#address = `10.78.${Math.floor(number / 250)}.${(number % 250) + 2}`;
    this.#network = `pod-${number}`;
    this.#path = `/api/v1/namespaces/${pod.metadata.namespace}/pods/${pod.metadata.name}`;
    this.#ended = this.#live().catch((error: unknown) => this.#status('Failed', false, String(error)));
  }

  get log(): string {
    return this.#contained?.outside.log() ?? '';
  }

  async #live(): Promise<void> {
    const { api, image, apiserver } = this.#node;
    const folder = join(this.#node.folder, this.#pod.metadata.uid);
    await mkdir(folder, { recursive: true });
    await this.#connect();
    const volumes = await makeVolumes(api, this.#pod, join(folder, 'volumes'));
    const hosts = await this.#node.hosts();
    const { outside } = (this.#contained = await runContainer(this.#pod, {
      image,
      volumes,
      folder,
      hosts,
      network: this.#network,
      api: apiserver,
    }));
    await this.#status('Running', false);
    const [{ startupProbe, readinessProbe }] = this.#pod.spec.containers;
    if (startupProbe) await this.#untilAlive(startupProbe);
    let ready: boolean | undefined;
    let failures = 0;
    while (outside.exitCode() === undefined) {
      const good = !readinessProbe || (await this.#asks(readinessProbe));
      failures = good ? 0 : failures + 1;
      const now = good || (ready === true && failures < (readinessProbe?.failureThreshold ?? 1));
      if (now !== ready) await this.#status('Running', (ready = now));
      await this.#wait((readinessProbe?.periodSeconds ?? 1) * 1000);
    }
    const code = outside.exitCode() ?? 137;
    await this.#status(code === 0 ? 'Succeeded' : 'Failed', false, `ended with ${code}`, code);
  }

  async #untilAlive(probe: Probe): Promise<void> {
    const { outside } = this.#contained as Contained;
    for (
      let left = probe.failureThreshold;
      outside.exitCode() === undefined && !(await this.#asks(probe));
      left--
    ) {
      if (left === 0) return outside.signal('SIGKILL');
      await this.#wait(probe.periodSeconds * 1000);
    }
  }

  /** Ends early when the container does. */
  async #wait(ms: number): Promise<void> {
    const end = performance.now() + ms;
    while (performance.now() < end && this.#contained?.outside.exitCode() === undefined) await pause(100);
  }

  async #asks({ httpGet: { path, port } }: Probe): Promise<boolean> {
    const [{ ports = [] }] = this.#pod.spec.containers;
    const number = ports.find(({ name }) => name === port)?.containerPort;
    try {
      return (
        await fetch(`http://${this.#address}:${number}${path}`, { signal: AbortSignal.timeout(10_000) })
      ).ok;
    } catch {
      return false;
    }
  }

  /** A network namespace with one end of a cable; the other end is here. */
  async #connect(): Promise<void> {
    const [name, cable] = [this.#network, `v${this.#network}`];
    const { host } = this.#node.apiserver;
    const ip = (words: string): Promise<string> => run('ip', words.split(' '));
    await ip(`netns add ${name}`);
    await ip(`link add ${cable} type veth peer name eth0 netns ${name}`);
    await ip(`link set ${cable} up`);
    for (const step of ['link set lo up', `addr add ${this.#address}/32 dev eth0`, 'link set eth0 up'])
      await ip(`-n ${name} ${step}`);
    await ip(`-n ${name} route add ${host} dev eth0`);
    await ip(`-n ${name} route add default via ${host}`);
    await ip(`route add ${this.#address}/32 dev ${cable} src ${host}`);
  }

  /** @param code of the container that has ended */
  async #status(phase: string, ready: boolean, message = '', code?: number): Promise<void> {
    const { metadata, spec } = this.#pod;
    const time = new Date().toISOString().replace(/\.\d+/, '');
    const state =
      code === undefined
        ? { running: { startedAt: time } }
        : { terminated: { exitCode: code, startedAt: time, finishedAt: time } };
    const [{ name, image }] = spec.containers;
    const about = {
      name,
      image,
      imageID: image,
      ready,
      started: phase === 'Running',
      restartCount: 0,
      state,
    };
    const types = ['PodScheduled', 'Initialized', 'ContainersReady', 'Ready'];
    const conditions = types.map((type) => ({
      type,
      status: ready || !type.endsWith('Ready') ? 'True' : 'False',
      lastTransitionTime: time,
    }));
    const addresses = {
      podIP: this.#address,
      podIPs: [{ ip: this.#address }],
      hostIP: this.#node.apiserver.host,
    };
    const status = { phase, conditions, message, containerStatuses: [about], ...addresses };
    await this.#node.api.call('PATCH', `${this.#path}/status`, { metadata: { uid: metadata.uid }, status });
  }

  /** What a kubelet does with a pod that is deleted. Resolves when nothing of it is left, in the API too. */
  async stop(graceSeconds: number): Promise<void> {
    if (this.#stopping) return;
    this.#stopping = true;
    const { outside } = this.#contained ?? {};
    const deadline = performance.now() + graceSeconds * 1000;
    const [{ lifecycle }] = this.#pod.spec.containers;
    if (outside?.exitCode() === undefined && graceSeconds > 0) {
      await this.#wait((lifecycle?.preStop?.sleep?.seconds ?? 0) * 1000);
      if (outside?.exitCode() === undefined) this.#contained?.signal('SIGTERM');
      await this.#wait(deadline - performance.now());
    }
    if (outside?.exitCode() === undefined) await outside?.stop('SIGKILL');
    await this.#ended;
    await run('ip', ['netns', 'delete', this.#network]).catch(() => undefined);
    await rm(join(this.#node.folder, this.#pod.metadata.uid, 'upper'), { recursive: true, force: true });
    const preconditions = { uid: this.#pod.metadata.uid };
    await this.#node.api.call('DELETE', this.#path, { gracePeriodSeconds: 0, preconditions });
  }
}
