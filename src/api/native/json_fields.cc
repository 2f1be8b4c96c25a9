#include "api/native/json_fields.h"

#include <charconv>
#include <limits>

namespace vecgate {
namespace {

Error WrongType(const std::string& name, const nlohmann::json& found, const char* wanted) {
  return InvalidArgument("field '" + name + "' must be " + wanted + ", not " + found.type_name());
}

}  // namespace

Result<JsonFields> JsonFields::Parse(const std::string& body) {
  nlohmann::json json = nlohmann::json::parse(body, nullptr, /*allow_exceptions=*/false);
  if (!json.is_object()) return InvalidArgument("the request body must be one JSON object");
  return JsonFields(std::move(json));
}

const nlohmann::json* JsonFields::Find(const std::string& name) {
  used_.insert(name);
  const auto found = json_.find(name);
  return found == json_.end() || found->is_null() ? nullptr : &*found;
}

Result<std::optional<std::string>> JsonFields::Text(const std::string& name) {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::optional<std::string>();
  if (!value->is_string()) return WrongType(name, *value, "a string");
  return std::optional(value->get<std::string>());
}

Result<std::optional<int64_t>> JsonFields::Count(const std::string& name) {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::optional<int64_t>();
  if (!value->is_number_unsigned() ||
      value->get<uint64_t>() > static_cast<uint64_t>(std::numeric_limits<int32_t>::max())) {
    return WrongType(name, *value, "an integer from 0 to 2147483647");
  }
  return std::optional(value->get<int64_t>());
}

Result<std::optional<bool>> JsonFields::Flag(const std::string& name) {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::optional<bool>();
  if (!value->is_boolean()) return WrongType(name, *value, "true or false");
  return std::optional(value->get<bool>());
}

Result<std::optional<nlohmann::json>> JsonFields::Object(const std::string& name) {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::optional<nlohmann::json>();
  if (!value->is_object()) return WrongType(name, *value, "an object");
  return std::optional(*value);
}

Result<std::optional<nlohmann::json>> JsonFields::List(const std::string& name) {
  const nlohmann::json* value = Find(name);
  if (value == nullptr) return std::optional<nlohmann::json>();
  if (!value->is_array()) return WrongType(name, *value, "a list");
  return std::optional(*value);
}

Status JsonFields::CheckAllUsed() const {
  for (const auto& [name, value] : json_.items()) {
    if (used_.contains(name)) continue;
    std::string known;
    for (const std::string& field : used_) known += (known.empty() ? "" : ", ") + field;
    return InvalidArgument("field '" + name + "' is not known; allowed: " + known);
  }
  return Ok();
}

HttpResponse JsonResponse(int status, const nlohmann::json& json) {
  HttpResponse out;
  out.status = status;
  out.body = json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return out;
}

Result<int64_t> QueryNumber(const HttpRequest& request, const std::string& name, int64_t fallback,
                            int64_t max) {
  const auto found = request.query.find(name);
  if (found == request.query.end()) return fallback;
  const std::string& text = found->second;
  int64_t value = -1;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < 0 || value > max) {
    return InvalidArgument("query parameter '" + name + "' is '" + text +
                           "'; allowed: an integer from 0 to " + std::to_string(max));
  }
  return value;
}

}  // namespace vecgate
