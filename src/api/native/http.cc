#include "api/native/http.h"

#include <nlohmann/json.hpp>

#include "base/uuid.h"

namespace vecgate {
namespace {

constexpr size_t kMaxRequestIdBytes = 128;

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

}  // namespace

std::string HttpRequest::Header(const std::string& lower_name) const {
  const auto found = headers.find(lower_name);
  return found == headers.end() ? "" : found->second;
}

std::string HttpRequest::ContentType() const {
  std::string type = Header("content-type");
  type = type.substr(0, type.find(';'));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  for (char& c : type) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return type;
}

HttpResponse ErrorResponse(int status, std::string_view code, const std::string& message,
                           const std::string& request_id) {
  HttpResponse out;
  out.status = status;
  // Messages may quote what the client sent, which need not be UTF-8.
  out.body =
      nlohmann::json{{"error", {{"code", code}, {"message", message}, {"request_id", request_id}}}}
          .dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return out;
}

HttpResponse ErrorResponse(const Error& error, const std::string& request_id) {
  HttpResponse out =
      ErrorResponse(HttpStatusFor(error.code), CodeName(error.code), error.message, request_id);
  if (error.code == Code::kResourceExhausted || error.code == Code::kUnavailable) {
    out.headers["Retry-After"] = "1";
  }
  return out;
}

Result<std::string> PercentDecode(std::string_view text, Plus plus) {
  std::string out;
  out.reserve(text.size());
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && plus == Plus::kSpace) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 1 < text.size() ? HexValue(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? HexValue(text[i + 2]) : -1;
      if (high < 0 || low < 0 || high * 16 + low == 0) {
        return InvalidArgument("the request target holds a broken percent escape");
      }
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  return out;
}

Result<std::map<std::string, std::string>> ParseQuery(std::string_view query) {
  std::map<std::string, std::string> out;
  while (!query.empty()) {
    const std::string_view pair = query.substr(0, query.find('&'));
    query.remove_prefix(std::min(pair.size() + 1, query.size()));
    const size_t equals = pair.find('=');
    VG_ASSIGN_OR_RETURN(std::string name, PercentDecode(pair.substr(0, equals), Plus::kSpace));
    std::string value;
    if (equals != std::string_view::npos) {
      VG_ASSIGN_OR_RETURN(value, PercentDecode(pair.substr(equals + 1), Plus::kSpace));
    }
    if (!name.empty()) out[std::move(name)] = std::move(value);
  }
  return out;
}

std::string RequestIdFor(const std::string& given) {
  const bool usable =
      !given.empty() && given.size() <= kMaxRequestIdBytes &&
      given.find_first_not_of(
          "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-") == std::string::npos;
  return usable ? given : NewUuid();
}

}  // namespace vecgate
