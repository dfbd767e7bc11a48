#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

// As much of the Proxy-Wasm ABI 0.2.1 as this plugin uses: https://github.com/proxy-wasm/spec
namespace abi {

#define IMPORT(name) extern "C" __attribute__((import_module("env"), import_name(#name))) int32_t name
IMPORT(proxy_log)(int32_t level, const char *text, size_t size);
IMPORT(proxy_get_buffer_bytes)(int32_t buffer, size_t start, size_t size, char **data, size_t *length);
IMPORT(proxy_get_header_map_value)
(int32_t map, const char *name, size_t size, char **data, size_t *length);
IMPORT(proxy_replace_header_map_value)
(int32_t map, const char *name, size_t nameSize, const char *value, size_t valueSize);
IMPORT(proxy_send_local_response)
(int32_t status, const char *details, size_t detailsSize, const char *body, size_t bodySize, const char *headers,
 size_t headersSize, int32_t grpcStatus);
#undef IMPORT

enum Map { RequestHeaders = 0, ResponseHeaders = 2 };
enum Buffer { RequestBody = 0, PluginConfiguration = 7 };
enum Action { Continue = 0, Pause = 1 };

// The host has put it into memory that it took from malloc, and it is ours now. Nothing is there where a call has failed.
inline std::string taken(int32_t result, char *data, size_t length) {
  std::string text = result == 0 && data != nullptr ? std::string(data, length) : std::string();
  std::free(data);
  return text;
}

inline std::string bytes(Buffer buffer, size_t start, size_t size) {
  char *data = nullptr;
  size_t length = 0;
  const int32_t result = proxy_get_buffer_bytes(buffer, start, size, &data, &length);
  return taken(result, data, length);
}

inline std::string header(Map map, std::string_view name) {
  char *data = nullptr;
  size_t length = 0;
  const int32_t result = proxy_get_header_map_value(map, name.data(), name.size(), &data, &length);
  return taken(result, data, length);
}

inline void setHeader(Map map, std::string_view name, std::string_view value) {
  proxy_replace_header_map_value(map, name.data(), name.size(), value.data(), value.size());
}

inline void info(std::string_view text) { proxy_log(2, text.data(), text.size()); }

inline void answer(int32_t status, std::string_view details, std::string_view body) {
  proxy_send_local_response(status, details.data(), details.size(), body.data(), body.size(), nullptr, 0, -1);
}

}  // namespace abi
