import type { Grant } from './grants.ts';
import type { HostFunction, HostFunctionBody } from './host-function.ts';
import { clockResGet, clockTimeGet, nothing, pollOneoff, procExit, randomGet } from './wasi.ts';
import { argsSizesGet, environGet, environSizesGet } from './wasi-environ.ts';
import {
  badDescriptor,
  fdFdstatGet,
  fdTell,
  logOnly,
  noDirectory,
  noSuchFile,
  noSystemCall,
  notSupported,
} from './wasi-files.ts';
import { fdPwrite, fdWrite } from './wasi-output.ts';

const wasi = (name: string, params: string, run: HostFunctionBody, needs?: Grant): HostFunction => ({
  module: 'wasi_snapshot_preview1',
  name,
  params,
  since: 'WASI',
  run,
  ...(needs ? { needs } : {}),
});

/** The whole of WASI preview 1. `wasi_unstable` has the same names with the same parameters, but for structures nobody gets. */
export const wasiFunctions: readonly HostFunction[] = [
  wasi('proc_exit', 'i', procExit),
  wasi('proc_raise', 'i', notSupported),
  wasi('args_sizes_get', 'ii', argsSizesGet),
  wasi('args_get', 'ii', nothing),
  wasi('environ_sizes_get', 'ii', environSizesGet),
  wasi('environ_get', 'ii', environGet),
  wasi('clock_time_get', 'iIi', clockTimeGet),
  wasi('clock_res_get', 'ii', clockResGet),
  wasi('random_get', 'ii', randomGet),
  wasi('sched_yield', '', nothing),
  wasi('poll_oneoff', 'iiii', pollOneoff),
  wasi('fd_write', 'iiii', fdWrite, 'Log'),
  wasi('fd_pwrite', 'iiiIi', fdPwrite, 'Log'),
  wasi('fd_fdstat_get', 'ii', fdFdstatGet),
  wasi('fd_prestat_get', 'ii', badDescriptor),
  wasi('fd_filestat_get', 'ii', badDescriptor),
  wasi('fd_close', 'i', badDescriptor),
  wasi('fd_seek', 'iIii', badDescriptor),
  wasi('fd_fdstat_set_flags', 'ii', noSystemCall),
  wasi('fd_prestat_dir_name', 'iii', noSystemCall),
  wasi('fd_read', 'iiii', noSystemCall),
  wasi('fd_pread', 'iiiIi', noSystemCall),
  wasi('fd_readdir', 'iiiIi', noDirectory),
  wasi('fd_renumber', 'ii', notSupported),
  wasi('fd_advise', 'iIIi', nothing),
  wasi('fd_allocate', 'iII', logOnly),
  wasi('fd_datasync', 'i', logOnly),
  wasi('fd_sync', 'i', logOnly),
  wasi('fd_fdstat_set_rights', 'iII', logOnly),
  wasi('fd_filestat_set_size', 'iI', logOnly),
  wasi('fd_filestat_set_times', 'iIIi', logOnly),
  wasi('fd_tell', 'ii', fdTell),
  wasi('path_open', 'iiiiiIIii', noSuchFile),
  wasi('path_filestat_get', 'iiiii', notSupported),
  wasi('path_filestat_set_times', 'iiiiIIi', notSupported),
  wasi('path_create_directory', 'iii', notSupported),
  wasi('path_link', 'iiiiiii', notSupported),
  wasi('path_readlink', 'iiiiii', notSupported),
  wasi('path_remove_directory', 'iii', notSupported),
  wasi('path_rename', 'iiiiii', notSupported),
  wasi('path_symlink', 'iiiii', notSupported),
  wasi('path_unlink_file', 'iii', notSupported),
  wasi('sock_accept', 'iii', notSupported),
  wasi('sock_recv', 'iiiiii', notSupported),
  wasi('sock_send', 'iiiii', notSupported),
  wasi('sock_shutdown', 'ii', notSupported),
];
