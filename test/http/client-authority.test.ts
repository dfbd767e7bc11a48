import { pbkdf2 } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect } from 'chai';
import { ClientAuthority } from '../../src/http/client-authority.ts';
import { makeTlsPair } from '../support/tls-pair.ts';
import { eventually } from '../support/wait.ts';

const lookEveryMs = 20;
const [first, second] = [makeTlsPair().cert, makeTlsPair().cert];

describe('authorities of client certificates', () => {
  let folder: string;
  let file: string;
  let told: (string | undefined)[];
  const opened: ClientAuthority[] = [];
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'loom-client-authority-'));
    file = join(folder, 'ca.crt');
    writeFileSync(file, first);
    told = [];
  });
  afterEach(() => {
    for (const one of opened.splice(0)) one.close();
    rmSync(folder, { recursive: true });
  });

  const open = (path = file, changed: (problem?: string) => void = (problem) => told.push(problem)) => {
    const authority = new ClientAuthority(path, changed, lookEveryMs);
    authority.open();
    opened.push(authority);
    return authority;
  };
  /** In one step, so that nobody reads the half of it. */
  const replace = (path: string, text: string): void => {
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  /** Another that looks as often has seen some changes. */
  const someLooks = async (): Promise<void> => {
    const path = join(folder, 'clock.crt');
    let seen = 0;
    writeFileSync(path, first);
    const clock = open(path, () => seen++);
    for (let i = 1; i <= 4; i++) {
      replace(path, first + '\n'.repeat(i));
      await eventually('it looks', () => seen === i);
    }
    clock.close();
  };

  it('are those of the file, whose text alone says that it is another one', async () => {
    const padded = (pem: string): string => pem.padEnd(2000, '\n');
    writeFileSync(file, padded(first));
    const { atime, mtime } = statSync(file);
    // While all threads that Node has for files are busy, nobody can look at it with them before it changes.
    const busy = Array.from({ length: 8 }, () => promisify(pbkdf2)('', '', 50_000, 64, 'sha512'));
    const authority = open();
    expect(authority.pem).to.equal(padded(first));
    writeFileSync(file, padded(second));
    utimesSync(file, atime, mtime);
    await Promise.all(busy);
    await eventually('the other one', () => authority.pem === padded(second));
    await someLooks();
    expect(told.filter((problem) => problem === undefined)).to.have.length(1);
  });

  it('are those of a file that is swapped as a mounted Secret is', async () => {
    const put = (name: string, pem: string): void => {
      mkdirSync(join(folder, name));
      writeFileSync(join(folder, name, 'ca.crt'), pem);
      symlinkSync(name, join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
    };
    put('..1', first);
    rmSync(file);
    symlinkSync(join('..data', 'ca.crt'), file);
    const authority = open();
    put('..2', second);
    await eventually('the other one', () => authority.pem === second);
    expect(told).to.deep.equal([undefined]);
  });

  it('stay while the file cannot be used, which is said once, and again when it is another problem', async () => {
    const authority = open();
    const next = async (what: string, change: () => void): Promise<string | undefined> => {
      const before = told.length;
      change();
      await eventually(what, () => told.length > before);
      await someLooks();
      expect(told, what).to.have.length(before + 1);
      return told.at(-1);
    };
    const noPem = `client_ca ${file}: holds no certificate in PEM`;
    const noFile = `cannot read client_ca: ENOENT: no such file or directory, open '${file}'`;
    const malformed = first.replace(/\n.{20}/, '\n');
    expect(await next('no PEM', () => replace(file, 'no PEM'))).to.equal(noPem);
    expect(await next('no file', () => rmSync(file))).to.equal(noFile);
    expect(await next('malformed', () => replace(file, malformed))).to.match(/^client_ca .*: error:/);
    expect(authority.pem).to.equal(first);
    expect(await next('mended', () => replace(file, second))).to.equal(undefined);
    expect(authority.pem).to.equal(second);
    expect(await next('no file again', () => rmSync(file))).to.equal(noFile);
    // Mended with what is believed already: nothing changes.
    replace(file, second);
    await someLooks();
    expect(await next('no file once more', () => rmSync(file))).to.equal(noFile);
    expect(authority.pem).to.equal(second);
  });

  it('cannot be opened without a file of certificates', () => {
    expect(() => open(join(folder, 'absent'))).to.throw(/^cannot read client_ca: ENOENT/);
    for (const text of ['', 'no PEM']) {
      replace(file, text);
      expect(() => open()).to.throw(`client_ca ${file}: holds no certificate in PEM`);
    }
  });

  it('are not looked at any more when they are closed', async () => {
    const authority = open();
    authority.close();
    replace(file, second);
    await someLooks();
    expect([authority.pem, told]).to.deep.equal([first, []]);
  });
});
