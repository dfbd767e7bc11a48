/** `calls.ts` with the export that solo.io's SDK for AssemblyScript spells in its own way. */
export {
  proxy_abi_version_0_2_1,
  proxy_on_configure,
  proxy_on_context_create,
  proxy_on_grpc_close,
  proxy_on_grpc_receive_trailing_metadata as proxy_on_grpc_trailing_metadata,
  proxy_on_memory_allocate,
} from "./calls";
