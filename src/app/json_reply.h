// What a server answered, as JSON or as the error that it told.
//
// Thread safety: a pure function.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "app/http_client.h"

namespace vecgate::app {

/// The body of a 2xx reply. Else an error with `what` and the server's message: kUnavailable for
/// 429 and 503, kNotFound for 404, kInvalidArgument for the rest.
Result<nlohmann::json> ParseReply(const HttpReply& reply, const std::string& what);

/// OK when `name` has only letters, digits and _, as names of collections, databases and fields do;
/// so it can stand in a URL. kInvalidArgument names `what`.
Status CheckName(const std::string& what, const std::string& name);

}  // namespace vecgate::app
