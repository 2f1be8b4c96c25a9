#include "milvus_client/server_address.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>
#include <string_view>

namespace vecgate::milvus_client {
namespace {

constexpr std::string_view kPlain = "http://";
constexpr std::string_view kTls = "https://";
constexpr uint16_t kPlainPort = 19530;
constexpr uint16_t kTlsPort = 443;

bool ReadPort(std::string_view text, uint16_t& port) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), port);
  return failed == std::errc() && end == text.data() + text.size() && port != 0;
}

/// Of names and of addresses, those of IPv6 in brackets.
bool IsHostCharacter(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
         std::string_view("-._[]:").find(c) != std::string_view::npos;
}

/// The colon before the port, if there is one: those inside brackets are the address's.
size_t PortColon(std::string_view authority) {
  const size_t bracket = authority.rfind(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

}  // namespace

Result<ServerAddress> ParseServerUri(const std::string& uri) {
  if (uri.find('@') != std::string::npos) {
    return InvalidArgument(
        "the URI of a Milvus server holds '@': user, password and keys are given beside it, "
        "not in it");
  }
  const auto refused = [&] {
    return InvalidArgument(
        fmt::format("URI '{}' is not allowed: http://HOST:PORT or https://HOST:PORT is wanted, as "
                    "http://127.0.0.1:19530",
                    uri));
  };
  std::string_view rest = uri;
  ServerAddress out;
  if (rest.starts_with(kTls)) {
    out.is_tls = true;
    rest.remove_prefix(kTls.size());
  } else if (rest.starts_with(kPlain)) {
    rest.remove_prefix(kPlain.size());
  } else {
    return refused();
  }
  if (rest.ends_with('/')) rest.remove_suffix(1);
  const size_t colon = PortColon(rest);
  out.port = out.is_tls ? kTlsPort : kPlainPort;
  if (colon != std::string_view::npos && !ReadPort(rest.substr(colon + 1), out.port)) {
    return refused();
  }
  out.host = rest.substr(0, colon);
  if (out.host.empty() || !std::all_of(out.host.begin(), out.host.end(), IsHostCharacter)) {
    return refused();
  }
  return out;
}

}  // namespace vecgate::milvus_client
