#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "abi.h"
#include "sha256.h"

namespace {

// One configuration of the plugin.
struct Rules {
  bool required = false;
};

// The member `sha-256` of a Content-Digest (RFC 9530), in base64 as it stands there; empty when there is none.
std::string digestIn(std::string_view field) {
  constexpr std::string_view begin = "sha-256=:";
  while (!field.empty()) {
    const size_t comma = field.find(',');
    std::string_view member = field.substr(0, comma);
    field = comma == std::string_view::npos ? "" : field.substr(comma + 1);
    member.remove_prefix(std::min(member.find_first_not_of(" \t"), member.size()));
    if (member.substr(0, begin.size()) != begin) continue;
    member.remove_prefix(begin.size());
    return std::string(member.substr(0, member.find(':')));
  }
  return "";
}

// A request, which is held until its digest is known.
class Request {
 public:
  explicit Request(const Rules &rules) : rules_(rules) {}

  abi::Action onHeaders(bool end) {
    name_ = abi::header(abi::RequestHeaders, ":method") + " " + abi::header(abi::RequestHeaders, ":path");
    told_ = digestIn(abi::header(abi::RequestHeaders, "content-digest"));
    if (end) return onEnd();
    if (told_.empty() && rules_.required) return refuse("missing", "the request has no content-digest with sha-256");
    return abi::Continue;
  }

  // `size` is that of all that is held, of which the beginning has been seen.
  abi::Action onBody(size_t size, bool end) {
    if (told_.empty()) return abi::Continue;
    if (size > seen_) hash_.update(abi::bytes(abi::RequestBody, seen_, size - seen_));
    seen_ = size;
    return end ? onEnd() : abi::Pause;
  }

  abi::Action onEnd() {
    if (told_.empty()) return abi::Continue;
    if (hash_.base64() != told_) return refuse("wrong", "the body is not what content-digest says");
    verdict_ = "verified";
    return abi::Continue;
  }

  void onResponseHeaders() const {
    if (rules_.required) abi::setHeader(abi::ResponseHeaders, "want-content-digest", "sha-256=10");
  }

  void onLog() const { abi::info("digest of " + name_ + ": " + verdict_); }

 private:
  abi::Action refuse(const char *verdict, std::string_view why) {
    verdict_ = verdict;
    abi::answer(400, std::string("content_digest_") + verdict, why);
    return abi::Pause;
  }

  const Rules &rules_;
  Sha256 hash_;
  std::string name_, told_;
  const char *verdict_ = "none";
  size_t seen_ = 0;
};

std::unordered_map<uint32_t, Rules> roots;
std::unordered_map<uint32_t, std::unique_ptr<Request>> requests;

}  // namespace

#define EXPORT(name) extern "C" __attribute__((export_name(#name))) int32_t name

extern "C" __attribute__((export_name("proxy_abi_version_0_2_1"))) void proxy_abi_version_0_2_1() {}

extern "C" __attribute__((export_name("proxy_on_context_create"))) void proxy_on_context_create(uint32_t id, uint32_t root) {
  if (root == 0)
    roots[id];
  else
    requests[id] = std::make_unique<Request>(roots[root]);
}

EXPORT(proxy_on_vm_start)(uint32_t, size_t) { return 1; }

EXPORT(proxy_on_configure)(uint32_t id, size_t size) {
  const std::string text = abi::bytes(abi::PluginConfiguration, 0, size);
  if (!text.empty() && text != "required") {
    // What goes to stderr is logged.
    std::cerr << "the configuration is `required` or nothing, not `" << text << "`" << std::endl;
    return 0;
  }
  roots[id].required = !text.empty();
  return 1;
}

EXPORT(proxy_on_request_headers)(uint32_t id, uint32_t, uint32_t end) { return requests[id]->onHeaders(end != 0); }

EXPORT(proxy_on_request_body)(uint32_t id, size_t size, uint32_t end) { return requests[id]->onBody(size, end != 0); }

EXPORT(proxy_on_request_trailers)(uint32_t id, uint32_t) { return requests[id]->onEnd(); }

EXPORT(proxy_on_response_headers)(uint32_t id, uint32_t, uint32_t) {
  requests[id]->onResponseHeaders();
  return abi::Continue;
}

extern "C" __attribute__((export_name("proxy_on_log"))) void proxy_on_log(uint32_t id) {
  if (const auto found = requests.find(id); found != requests.end()) found->second->onLog();
}

EXPORT(proxy_on_done)(uint32_t) { return 1; }

extern "C" __attribute__((export_name("proxy_on_delete"))) void proxy_on_delete(uint32_t id) {
  requests.erase(id);
  roots.erase(id);
}
