import { readVersion } from '../app/version.ts';
import type { Command } from './command.ts';

export const version: Command = {
  usage: '',
  summary: 'Prints the versions of Loom, Node and V8.',
  run: async () => {
    console.log(`loom ${readVersion()} (node ${process.versions.node}, v8 ${process.versions.v8})`);
    return 0;
  },
};
