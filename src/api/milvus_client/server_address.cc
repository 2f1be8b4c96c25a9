#include "api/milvus_client/server_address.h"

#include <fmt/format.h>

#include <charconv>

namespace vecgate::milvus_client {
namespace {

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kTls = "https://";

bool IsPort(std::string_view text) {
  uint16_t port = 0;
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc() && end == text.data() + text.size() && port != 0;
}

}  // namespace

Result<std::string> AddressOf(const std::string& uri) {
  if (uri.starts_with(kTls)) {
    return Unimplemented(
        fmt::format("URI '{}': TLS is not supported here; use http://HOST:PORT", uri));
  }
  std::string_view rest = uri;
  if (rest.starts_with(kPlain)) {
    rest.remove_prefix(kPlain.size());
    if (rest.ends_with('/')) rest.remove_suffix(1);
    const size_t colon = rest.rfind(':');
    const bool has_both = colon != 0 && colon != std::string_view::npos;
    if (has_both && rest.find('/') == std::string_view::npos && IsPort(rest.substr(colon + 1))) {
      return std::string(rest);
    }
  }
  return InvalidArgument(fmt::format(
      "URI '{}' is not allowed: http://HOST:PORT is wanted, as http://127.0.0.1:19530", uri));
}

}  // namespace vecgate::milvus_client
