#include "app/json_reply.h"

#include <fmt/format.h>

namespace vecgate::app {
namespace {

Code CodeOf(int status) {
  switch (status) {
    case 404: return Code::kNotFound;
    case 429:
    case 503: return Code::kUnavailable;
    default: return Code::kInvalidArgument;
  }
}

}  // namespace

Result<nlohmann::json> ParseReply(const HttpReply& reply, const std::string& what) {
  auto body = nlohmann::json::parse(reply.body, nullptr, false);
  if (reply.status >= 200 && reply.status < 300 && !body.is_discarded()) return body;
  std::string text = reply.body;
  if (body.is_object() && body.contains("error")) text = body["error"].value("message", text);
  return Error{CodeOf(reply.status), fmt::format("{}: HTTP {}: {}", what, reply.status, text)};
}

}  // namespace vecgate::app
