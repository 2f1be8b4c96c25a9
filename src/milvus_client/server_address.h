// Where a server is, as Milvus' clients are told it.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace vecgate::milvus_client {

struct ServerAddress {
  std::string host;
  uint16_t port = 0;
  bool is_tls = false;

  /// "host:19530", as gRPC wants it.
  [[nodiscard]] std::string Target() const { return host + ":" + std::to_string(port); }
};

/// "http://host:19530", or "https://host" for TLS. Without a port it is Milvus' for http, 19530,
/// and 443 for https. kInvalidArgument names the URI and what is allowed; credentials do not belong
/// into a URI, and one that holds any is not repeated.
Result<ServerAddress> ParseServerUri(const std::string& uri);

}  // namespace vecgate::milvus_client
