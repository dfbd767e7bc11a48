import { execFileSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';

/** What an image says of how it is run, of the OCI image configuration. */
export interface ImageConfig {
  readonly User: string;
  readonly WorkingDir: string;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  readonly ExposedPorts: Readonly<Record<string, object>>;
}

/** As images name them. */
export type Architecture = 'amd64' | 'arm64';

/** What a build may say beside its arguments. */
interface BuildOptions {
  /** The last stage to build. */
  readonly target?: string;
  /** Folders in place of stages of these names, which are not built then. */
  readonly stages?: Readonly<Record<string, string>>;
}

/**
 * buildah with a store of its own, of images of one architecture: builds a Dockerfile as any engine would, its steps in chroots. As
 * root.
 */
export class Builder {
  readonly #store: readonly string[];
  readonly #architecture: Architecture;

  constructor(folder: string, architecture: Architecture) {
    mkdirSync(folder, { recursive: true });
    this.#architecture = architecture;
    this.#store = [
      '--root',
      join(folder, 'store'),
      '--runroot',
      join(folder, 'run'),
      '--storage-driver',
      'overlay',
    ];
  }

  #run(args: readonly string[], output: 'inherit' | 'pipe' = 'pipe'): string {
    const [command = '', ...rest] = args;
    const words = [...this.#store, command, ...rest];
    const text = execFileSync('buildah', words, { encoding: 'utf8', stdio: ['ignore', output, 'inherit'] });
    return (text ?? '').trim();
  }

  has(name: string): boolean {
    return this.#run(['images', '--format', '{{.Name}}:{{.Tag}}']).split('\n').includes(`localhost/${name}`);
  }

  /** Drops what was built of steps that have changed since, when there is much of it: some gigabytes. */
  prune(): void {
    const all = this.#run(['images', '--all', '--quiet']).split('\n');
    if (all.length > 150) this.#run(['rmi', '--prune']);
  }

  /** An image of one layer: the folder. */
  import(folder: string, name: string): void {
    const container = this.#from('scratch');
    this.#run(['add', '--quiet', container, folder, '/']);
    this.#run(['commit', '--quiet', '--rm', container, `localhost/${name}`]);
  }

  /** Builds the Dockerfile of the folder. Nothing is pulled. What was built of unchanged steps is used again. */
  build(
    folder: string,
    name: string,
    args: Readonly<Record<string, string>>,
    { target, stages = {} }: BuildOptions = {},
  ): void {
    const values = Object.entries(args).flatMap(([key, value]) => ['--build-arg', `${key}=${value}`]);
    const given = Object.entries(stages).flatMap(([key, value]) => ['--build-context', `${key}=${value}`]);
    const options = [
      '--isolation',
      'chroot',
      '--pull-never',
      '--layers',
      '--format',
      'oci',
      '--timestamp',
      '0',
      '--arch',
      this.#architecture,
      ...(target ? ['--target', target] : []),
    ];
    this.#run(['bud', ...options, ...values, ...given, '--tag', `localhost/${name}`, folder], 'inherit');
  }

  config(name: string): ImageConfig {
    const about: { OCIv1: { config: ImageConfig } } = JSON.parse(
      this.#run(['inspect', '--type', 'image', `localhost/${name}`]),
    );
    return about.OCIv1.config;
  }

  /** Copies the image's files to `target`, with their owners. */
  unpack(name: string, target: string): void {
    this.mounted(name, (root) => void execFileSync('cp', ['-a', `${root}/.`, target]));
  }

  /** @param use gets the folder with the image's files, which is there for as long as it runs */
  mounted(name: string, use: (root: string) => void): void {
    const container = this.#from(`localhost/${name}`);
    try {
      use(this.#run(['mount', container]));
    } finally {
      this.#run(['rm', container]);
    }
  }

  /** @returns a container of the image */
  #from(name: string): string {
    return this.#run(['from', '--pull-never', '--arch', this.#architecture, name]);
  }
}
