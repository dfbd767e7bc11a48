import { quicGoBinaries } from '../../hack/quic-go/build.ts';
import { pythonWith } from '../support/python.ts';
import { aioquicProgram } from './aioquic.ts';
import type { Program } from './foreign-client.ts';

/** A client that others wrote, and what can be asked of it. */
export interface Kind {
  readonly name: string;
  /** Installs or builds it on first use. */
  readonly program: () => Program | Promise<Program>;
  /** It can send trailers; all show those of responses. */
  readonly sendsTrailers: boolean;
  /** How it comes to a key update: by itself once it has sent a hundred packets, or when it is asked. */
  readonly keyUpdates: 'itself' | 'asked' | 'never';
  /** It moves to another port when it is asked. */
  readonly migrates: boolean;
  /** Hosts that one process asks for, each on a connection of its own; undefined: one. */
  readonly hosts?: number;
}

const quicGo = async (): Promise<Program> => [(await quicGoBinaries()).client];

/** Those that use the directions of a stream one by one, by name: tunnels and calls in turns. */
export const tunnellers: Readonly<Record<string, () => Program | Promise<Program>>> = {
  aioquic: aioquicProgram,
  'quic-go': quicGo,
};

export const kinds: readonly Kind[] = [
  {
    name: 'quic-go',
    program: quicGo,
    sendsTrailers: true,
    keyUpdates: 'itself',
    migrates: true,
  },
  {
    name: 'qh3',
    program: () => [pythonWith('qh3==2.1.0'), 'test/http3/qh3_client.py'],
    sendsTrailers: true,
    keyUpdates: 'asked',
    migrates: false,
  },
  {
    name: 'libcurl',
    program: () => [pythonWith('curl_cffi==0.16.3'), 'test/http3/curl_client.py'],
    hosts: 50,
    sendsTrailers: false,
    keyUpdates: 'never',
    migrates: false,
  },
];

/** aioquic too, of which most is asked in a file of its own. */
export const everybody: readonly Pick<Kind, 'name' | 'program' | 'hosts'>[] = [
  { name: 'aioquic', program: aioquicProgram },
  ...kinds,
];
