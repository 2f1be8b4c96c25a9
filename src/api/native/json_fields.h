// Checked reading of JSON request bodies: every field by name and type, unknown fields refused, so
// that a misspelt option is an error and not a silent default.
//
// Thread safety: one thread at a time.
#pragma once

#include <nlohmann/json.hpp>
#include <optional>
#include <set>
#include <string>

#include "api/native/http.h"

namespace vecgate {

class JsonFields {
 public:
  /// kInvalidArgument when the body is not one JSON object.
  static Result<JsonFields> Parse(const std::string& body);
  /// REQUIRES: an object.
  explicit JsonFields(nlohmann::json json) : json_(std::move(json)) {}

  /// Each: nothing when the field is missing or null, kInvalidArgument when it has another type.
  Result<std::optional<std::string>> Text(const std::string& name);
  /// Integers 0 to 2^31 - 1.
  Result<std::optional<int64_t>> Count(const std::string& name);
  Result<std::optional<bool>> Flag(const std::string& name);
  Result<std::optional<nlohmann::json>> Object(const std::string& name);
  Result<std::optional<nlohmann::json>> List(const std::string& name);

  /// kInvalidArgument naming the first field that nobody asked for.
  [[nodiscard]] Status CheckAllUsed() const;

 private:
  const nlohmann::json* Find(const std::string& name);
  nlohmann::json json_;
  std::set<std::string> used_;
};

/// A JSON answer. Text that is not UTF-8 is repaired.
HttpResponse JsonResponse(int status, const nlohmann::json& json);

/// A non-negative number of the query string, or `fallback`. kInvalidArgument naming it.
Result<int64_t> QueryNumber(const HttpRequest& request, const std::string& name, int64_t fallback,
                            int64_t max);

}  // namespace vecgate
