import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { copyFile, cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { NoToolchain, run } from './command.ts';
import { cargoTarget, type Group } from './cache.ts';

/** Later versions come without their examples. 0.1.4 makes modules of ABI 0.1.0, 0.2.0 of ABI 0.2.1. */
const versions = ['0.1.4', '0.2.0'];
/** hello_world is for background services, not for requests. */
const examples = ['http_auth_random', 'http_body', 'http_config', 'http_headers'];
export const target = 'wasm32-unknown-unknown';
const remedy =
  'rustup target add wasm32-unknown-unknown, or apt-get install rustc-web cargo-web rust-web-src lld-22';

/** The examples of the crate `proxy-wasm` as they are published: `rust-0.2.0-http_body.wasm` and so on. */
export const rust: Group = {
  name: 'rust',
  inputs: () => JSON.stringify([versions, examples, 1]),
  make: async (out, work) => {
    const build = await cargo();
    await mkdir(join(work, 'fetch/src'), { recursive: true });
    await writeFile(join(work, 'fetch/src/lib.rs'), '');
    await writeFile(join(work, 'fetch/Cargo.toml'), fetching());
    for (const version of versions) {
      const folder = join(work, version);
      await cp(await sourceOf(join(work, 'fetch'), version), folder, { recursive: true });
      // The crate brings its lock file, and with it the checksums of all that it needs.
      await build(folder, ['--locked', '--examples']);
      for (const name of examples) {
        const made = join(cargoTarget, target, 'release/examples', `${name}.wasm`);
        await copyFile(made, join(out, `rust-${version}-${name}.wasm`));
      }
    }
  },
};

function fetching(): string {
  const lines = versions.map((v, i) => `p${i} = { package = "proxy-wasm", version = "=${v}" }`);
  return [
    '[package]',
    'name = "fetch"',
    'version = "0.0.0"',
    'edition = "2021"',
    '[dependencies]',
    ...lines,
  ].join('\n');
}

async function sourceOf(folder: string, version: string): Promise<string> {
  const args = ['metadata', '--format-version', '1', '--quiet'];
  const { stdout } = await promisify(execFile)('cargo', args, { cwd: folder, maxBuffer: 1 << 26 });
  const { packages } = JSON.parse(stdout) as {
    packages: { name: string; version: string; manifest_path: string }[];
  };
  const found = packages.find((one) => one.name === 'proxy-wasm' && one.version === version);
  if (!found) throw new Error(`cargo did not fetch proxy-wasm ${version}`);
  return join(found.manifest_path, '..');
}

/** Builds a package for wasm32, with the standard library of a rustup toolchain or else with one that it compiles first. */
export async function cargo(): Promise<(folder: string, args: readonly string[]) => Promise<void>> {
  const env: NodeJS.ProcessEnv = {
    CARGO_TARGET_DIR: cargoTarget,
    // The oldest crates name no module for their imports, and the linker would look for the functions.
    RUSTFLAGS: '-C link-arg=--allow-undefined -C strip=symbols',
  };
  const own = await sysroot('rustc').catch(() => undefined);
  if (own !== undefined && existsSync(join(own, 'lib/rustlib', target)))
    return (folder, args) =>
      run('cargo', ['build', '--release', '--target', target, ...args], { cwd: folder, env, remedy });
  const debian = await sysroot('/usr/bin/rustc').catch(() => undefined);
  if (debian === undefined || !existsSync(join(debian, 'lib/rustlib/src')))
    throw new NoToolchain(`there is no Rust for ${target}: ${remedy}`);
  // Debian has the source of the standard library, but does not ship it compiled for this target.
  Object.assign(env, {
    PATH: `/usr/bin:${process.env['PATH']}`,
    RUSTC_BOOTSTRAP: '1',
    CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER: linker(),
  });
  const std = ['-Z', 'build-std=std,panic_abort'];
  return (folder, args) =>
    run('/usr/bin/cargo', ['build', '--release', '--target', target, ...std, ...args], {
      cwd: folder,
      env,
      remedy,
    });
}

async function sysroot(rustc: string): Promise<string> {
  const { stdout } = await promisify(execFile)(rustc, ['--print', 'sysroot'], { cwd: '/' });
  return stdout.trim();
}

function linker(): string {
  const names = ['wasm-ld-22', 'wasm-ld-19', 'wasm-ld'];
  const found = names.find((name) => existsSync(`/usr/bin/${name}`));
  if (!found) throw new NoToolchain(`there is no wasm-ld: ${remedy}`);
  return found;
}
