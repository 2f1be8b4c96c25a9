// Constants of filters as parameters' texts.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "filter/typed_tree.h"

namespace vecgate::postgres {

/// Whether PostgreSQL can hold it as text: UTF-8 without NUL. What it cannot hold no row holds.
bool IsStorableText(std::string_view text);
/// The shortest decimal number that is read back as this one; "Infinity", "NaN".
std::string NumberText(double value);
/// An array as PostgreSQL's input has it: {"a","b"}.
std::string ArrayText(const std::vector<std::string>& items);
/// The constant as a JSON document; nothing for what jsonb does not hold or would not compare as
/// filters do.
std::optional<std::string> JsonText(const filter::Literal& literal);
/// Whether all integers between 0 and this one are doubles.
bool IsExactAsDouble(int64_t value);

}  // namespace vecgate::postgres
