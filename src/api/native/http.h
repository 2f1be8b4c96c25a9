// What a handler of the HTTP server sees and gives back: plain values, no library in sight.
//
// Thread safety: values.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "api/native/multipart.h"
#include "base/op_context.h"
#include "base/result.h"

namespace vecgate {

struct HttpRequest {
  /// "GET", "POST", "DELETE", …; a HEAD request comes as GET.
  std::string method;
  /// Percent-decoded, without the query.
  std::string path;
  /// Decoded; the last of repeated names.
  std::map<std::string, std::string> query;
  /// Names in lower case.
  std::map<std::string, std::string> headers;
  /// What stands for {name} in the route's pattern.
  std::map<std::string, std::string> parameters;
  /// Empty when the body was multipart/form-data.
  std::string body;
  std::vector<MultipartPart> parts;
  /// Has the request's id and deadline.
  OpContext context;

  [[nodiscard]] std::string Header(const std::string& lower_name) const;
  /// The media type in lower case, without parameters.
  [[nodiscard]] std::string ContentType() const;
};

struct HttpResponse {
  int status = 200;
  std::string content_type = "application/json";
  std::string body;
  std::map<std::string, std::string> headers;
};

/// {"error": {"code": "NOT_FOUND", "message": …, "request_id": …}} with the status of the code.
/// kResourceExhausted and kUnavailable get a Retry-After.
HttpResponse ErrorResponse(const Error& error, const std::string& request_id);
/// The same with a status that no Code has: 405, 413, 415.
HttpResponse ErrorResponse(int status, std::string_view code, const std::string& message,
                           const std::string& request_id);

/// "%20" → " "; kInvalidArgument for a broken escape or a NUL. `plus_is_space` for queries.
enum class Plus { kLiteral, kSpace };
Result<std::string> PercentDecode(std::string_view text, Plus plus);
/// "a=1&b=x%20y" → map.
Result<std::map<std::string, std::string>> ParseQuery(std::string_view query);
/// The id that the client gave when it is 1–128 of [A-Za-z0-9._-], else a fresh one.
std::string RequestIdFor(const std::string& given);

}  // namespace vecgate
