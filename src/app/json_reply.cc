#include "app/json_reply.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

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
  if (reply.status == 204) return nlohmann::json();
  if (reply.status >= 200 && reply.status < 300 && !body.is_discarded()) return body;
  std::string text = reply.body;
  if (body.is_object() && body.contains("error")) text = body["error"].value("message", text);
  return Error{CodeOf(reply.status), fmt::format("{}: HTTP {}: {}", what, reply.status, text)};
}

Status CheckName(const std::string& what, const std::string& name) {
  const bool sound = std::all_of(name.begin(), name.end(),
                                 [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
  if (sound) return Ok();
  return InvalidArgument(what + " '" + name + "' cannot be one: letters, digits and _ are allowed");
}

}  // namespace vecgate::app
