import { pythonWith } from '../support/python.ts';
import { ForeignClient, type ClientOptions, type Program } from './foreign-client.ts';

/** Installs it on first use. */
export const aioquicProgram = (): Program => [pythonWith('aioquic==1.7.2'), 'test/http3/client.py'];

export const installAioquic = (): void => void aioquicProgram();

/** aioquic in a process of its own. */
export type AioquicClient = ForeignClient;
export const AioquicClient = {
  connect: (port: number, options: ClientOptions = {}): Promise<ForeignClient> =>
    ForeignClient.connect(aioquicProgram(), port, options),
};
