#include "filter/json_place.h"

#include <nlohmann/json.hpp>

#include <string>

namespace vecgate::filter {
namespace {

using simdjson::dom::element;

// simdjson refuses integers beyond uint64; nlohmann reads them as doubles. Writing the document
// again with those doubles makes it one that simdjson reads.
bool ParseWithHugeNumbers(std::string_view document, simdjson::dom::parser& parser, element& root) {
  const auto tree = nlohmann::json::parse(document, nullptr, false);
  if (tree.is_discarded()) return false;
  const std::string rewritten = tree.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  return parser.parse(rewritten).get(root) == simdjson::SUCCESS;
}

bool Step(const PathStep& step, element& at) {
  if (const auto* key = std::get_if<std::string>(&step))
    return at.at_key(*key).get(at) == simdjson::SUCCESS;
  simdjson::dom::array array;
  if (at.get_array().get(array) != simdjson::SUCCESS) return false;
  return array.at(std::get<size_t>(step)).get(at) == simdjson::SUCCESS;
}

}  // namespace

RowValue ValueOfJson(element value) {
  switch (value.type()) {
    case simdjson::dom::element_type::NULL_VALUE: return std::monostate{};
    case simdjson::dom::element_type::BOOL: return value.get_bool().value_unsafe();
    case simdjson::dom::element_type::INT64: return value.get_int64().value_unsafe();
    case simdjson::dom::element_type::UINT64:
      return static_cast<double>(value.get_uint64().value_unsafe());
    case simdjson::dom::element_type::DOUBLE: return value.get_double().value_unsafe();
    case simdjson::dom::element_type::STRING: return value.get_string().value_unsafe();
    default: return value;
  }
}

RowValue ReadJson(std::string_view document, const std::vector<PathStep>& path) {
  thread_local simdjson::dom::parser parser;
  element at;
  const auto error = parser.parse(document.data(), document.size()).get(at);
  if (error == simdjson::NUMBER_ERROR) {
    if (!ParseWithHugeNumbers(document, parser, at)) return std::monostate{};
  } else if (error != simdjson::SUCCESS) {
    return std::monostate{};
  }
  for (const PathStep& step : path) {
    if (!Step(step, at)) return std::monostate{};
  }
  return ValueOfJson(at);
}

}  // namespace vecgate::filter
