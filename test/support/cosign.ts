import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cosignBinary } from '../../hack/cosign/build.ts';
import type { RealRegistry } from './registry.ts';

/** What signs images of a registry by the libraries of cosign, with keys in a folder of its own. */
export class Cosign {
  readonly #folder = mkdtempSync(join(tmpdir(), 'loom-cosign-'));
  readonly #program: string;

  private constructor(program: string, registry: RealRegistry) {
    this.#program = program;
    writeFileSync(join(this.#folder, 'config.json'), registry.dockerConfig);
    writeFileSync(join(this.#folder, 'ca.pem'), registry.ca);
  }

  static async of(registry: RealRegistry): Promise<Cosign> {
    return new Cosign(await cosignBinary(), registry);
  }

  /** Makes a pair of keys; its public one in PEM. `algorithm` as sigstore names it. */
  async key(name: string, algorithm = 'ecdsa-sha2-256-nistp256'): Promise<string> {
    await this.#run('key', name, algorithm);
    return readFileSync(join(this.#folder, `${name}.pub`), 'utf8');
  }

  /** As `cosign sign --new-bundle-format=false --use-signing-config=false --tlog-upload=false` does. `image`: `registry/repository@sha256:…`. */
  sign(key: string, image: string): Promise<void> {
    return this.#run('sign', key, image);
  }

  /** As cosign does since 3.0 when it is told nothing else. */
  signBundle(key: string, image: string): Promise<void> {
    return this.#run('bundle', key, image);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #run(...args: readonly string[]): Promise<void> {
    const env = {
      ...process.env,
      DOCKER_CONFIG: this.#folder,
      SSL_CERT_FILE: join(this.#folder, 'ca.pem'),
    };
    await promisify(execFile)(this.#program, args, { cwd: this.#folder, env });
  }
}
