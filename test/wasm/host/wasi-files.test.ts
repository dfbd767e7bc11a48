import { expect } from 'chai';
import { errno } from '../../../src/wasm/abi/status.ts';
import { hostFunction } from '../../../src/wasm/host/registry.ts';
import { caller } from './caller.ts';

/** Function, first argument, answer; the others are 0. */
const cases: readonly (readonly [string, number, number])[] = [
  ['fd_prestat_get', 3, errno.badf],
  ['fd_prestat_dir_name', 3, errno.nosys],
  ['fd_filestat_get', 1, errno.badf],
  ['fd_close', 1, errno.badf],
  ['fd_seek', 1, errno.badf],
  ['fd_fdstat_set_flags', 1, errno.nosys],
  ['fd_read', 0, errno.nosys],
  ['fd_pread', 0, errno.nosys],
  ['fd_readdir', 3, errno.notdir],
  ['fd_renumber', 1, errno.notsup],
  ['fd_advise', 3, errno.success],
  ['fd_allocate', 1, errno.success],
  ['fd_allocate', 3, errno.badf],
  ['fd_datasync', 2, errno.success],
  ['fd_datasync', 0, errno.badf],
  ['fd_sync', 1, errno.success],
  ['fd_sync', 3, errno.badf],
  ['fd_fdstat_set_rights', 1, errno.success],
  ['fd_fdstat_set_rights', -1, errno.badf],
  ['fd_filestat_set_size', 2, errno.success],
  ['fd_filestat_set_size', 9, errno.badf],
  ['fd_filestat_set_times', 2, errno.success],
  ['fd_filestat_set_times', 9, errno.badf],
  ['fd_pwrite', 3, errno.badf],
  ['path_open', 3, errno.noent],
  ['path_filestat_get', 3, errno.notsup],
  ['path_filestat_set_times', 3, errno.notsup],
  ['path_create_directory', 3, errno.notsup],
  ['path_link', 3, errno.notsup],
  ['path_readlink', 3, errno.notsup],
  ['path_remove_directory', 3, errno.notsup],
  ['path_rename', 3, errno.notsup],
  ['path_symlink', 3, errno.notsup],
  ['path_unlink_file', 3, errno.notsup],
  ['sock_accept', 3, errno.notsup],
  ['sock_recv', 3, errno.notsup],
  ['sock_send', 3, errno.notsup],
  ['sock_shutdown', 3, errno.notsup],
  ['proc_raise', 6, errno.notsup],
];

describe('files and sockets of WASI', () => {
  for (const [name, first, answer] of cases) {
    it(`${name}(${first}) answers ${answer}, without a warning`, () => {
      const calls = caller();
      const params = hostFunction('wasi_unstable', name)?.params ?? '';
      const args = Array.from(params, (kind, i) => (kind === 'I' ? 0n : i === 0 ? first : 0));
      expect(calls.raw(name, ...args)).to.equal(answer);
      expect(calls.world.records).to.deep.equal([]);
    });
  }

  it('the log can be written at any place', () => {
    const calls = caller();
    const memory = Buffer.from(calls.memory.buffer);
    memory.write('text\n', 64);
    memory.writeUInt32LE(64, 128);
    memory.writeUInt32LE(5, 132);
    expect(calls.raw('fd_pwrite', 1, 128, 1, 100n, 256)).to.equal(errno.success);
    expect(calls.world.records[0]).to.include({ text: 'text', level: 30 });
    expect(memory.readUInt32LE(256)).to.equal(5);
  });

  it('the log is at its beginning', () => {
    const calls = caller();
    expect(calls.call('fd_tell', [1], 1)).to.equal(errno.success);
    expect(calls.result64()).to.equal(0n);
    expect(calls.call('fd_tell', [0], 1)).to.equal(errno.badf);
  });
});
