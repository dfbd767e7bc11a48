import { logLevels } from '../abi/enums.ts';
import { bytesOf, numberOf, readMessage } from '../abi/protobuf.ts';
import { status } from '../abi/status.ts';
import { granted } from '../host/grants.ts';
import { noResult, type ForeignFunction } from './foreign-function.ts';

/** The level of the log as u32; Higress' SDK asks before every line. `silent` is told as the highest. */
export const getLogLevel: ForeignFunction = ({ log }) => {
  const level = logLevels.indexOf(log.level as (typeof logLevels)[number]);
  const bytes = Buffer.allocUnsafe(4);
  bytes.writeUInt32LE(level < 0 ? logLevels.length - 1 : level);
  return bytes;
};

/** A u64. There is no such limit here: requests of one connection are read one after the other. */
export const setMaxRequestsPerCycle: ForeignFunction = (_host, argument) =>
  argument.length === 8 ? noResult : status.badArgument;

/** { 1 body, 2 end }: proxy_inject_encoded_data_to_filter_chain for a headers callback, and under the same grant. */
export const injectOnHeader: ForeignFunction = ({ plugin, stream }, argument) => {
  const message = readMessage(argument);
  if (!message) return status.badArgument;
  if (!granted(plugin.capabilities, 'ResponseBody')) return status.internalFailure;
  stream?.inject(Buffer.from(bytesOf(message, 1)), numberOf(message, 2) !== 0);
  return noResult;
};
