// Where a server is, as Milvus' clients are told it.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "base/result.h"

namespace vecgate::milvus_client {

/// "http://host:19530" → "host:19530", as gRPC wants it. kInvalidArgument names the URI and what is
/// allowed; https is kUnimplemented.
Result<std::string> AddressOf(const std::string& uri);

}  // namespace vecgate::milvus_client
