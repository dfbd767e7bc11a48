import { bytesOf, numberOf, readMessage } from '../abi/protobuf.ts';
import { status } from '../abi/status.ts';
import { declareProperty } from '../context/declared-properties.ts';
import { setShared } from '../context/shared-properties.ts';
import { noResult, type ForeignFunction } from './foreign-function.ts';

/** Filter state that Envoy has a factory for, of the ones that plugins set. It can be read back; nothing here acts on it. */
const factories: ReadonlySet<string> = new Set([
  'envoy.tcp_proxy.cluster',
  'envoy.network.upstream_server_name',
  'envoy.network.upstream_subject_alt_names',
  'envoy.network.application_protocols',
]);

/** FilterChain, Request, Connection: all of them end with the exchange here. */
const lastSpan = 2;
/** Bytes, String, FlatBuffers, Protobuf: bytes all of them, as nothing looks into them. */
const lastType = 3;

const within = (value: number, last: number): boolean => value >= 0 && value <= last;

/** { 1 path, 2 value, 3 span } */
export const setEnvoyFilterState: ForeignFunction = ({ stream }, argument) => {
  const message = readMessage(argument);
  if (!message || !within(numberOf(message, 3), lastSpan)) return status.badArgument;
  const path = bytesOf(message, 1).toString('latin1');
  if (!factories.has(path) || !stream) return status.notFound;
  const kept = setShared(stream.exchange, `filter_state\0${path}`, Buffer.from(bytesOf(message, 2)));
  return kept ? noResult : status.internalFailure;
};

/** { 1 name, 2 readonly, 3 type, 4 schema, 5 span }; for all exchanges of the root context. */
export const declare: ForeignFunction = ({ root }, argument) => {
  const message = readMessage(argument);
  if (!message || !root) return status.badArgument;
  if (!within(numberOf(message, 3), lastType) || !within(numberOf(message, 5), lastSpan))
    return status.badArgument;
  const declared = declareProperty(root, bytesOf(message, 1).toString('latin1'), numberOf(message, 2) !== 0);
  return declared ? noResult : status.badArgument;
};
