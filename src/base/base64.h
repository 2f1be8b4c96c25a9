// Base64 (RFC 4648, with padding), as HTTP headers and gRPC metadata carry bytes.
//
// Thread safety: pure functions.
#pragma once

#include <string>
#include <string_view>

namespace vecgate {

std::string EncodeBase64(std::string_view bytes);

}  // namespace vecgate
