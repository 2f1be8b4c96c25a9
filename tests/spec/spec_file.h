// Reading .spec files (README.md describes them).
#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/result.h"

namespace vecgate::spec {

using Json = nlohmann::json;

struct Directive {
  size_t line = 0;  ///< Where it starts, from 1.
  bool must_fail = false;
  std::vector<std::string> words;  ///< "query", "items", …
  std::vector<Json> payload;
  std::vector<std::string> expected;
};

/// kInvalidArgument names file and line of what is not understood.
Result<std::vector<Directive>> ReadSpec(const std::filesystem::path& file);

}  // namespace vecgate::spec
