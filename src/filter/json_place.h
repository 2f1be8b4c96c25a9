// Reading one place in a JSON document.
#pragma once

#include <string_view>
#include <vector>

#include "filter/row_value.h"

namespace vecgate::filter {

/// What stands at `path` in the document; monostate when nothing or null does, and for text that is
/// no JSON. Objects and arrays borrow from a parser of this thread, until its next ReadJson.
RowValue ReadJson(std::string_view document, const std::vector<PathStep>& path);

/// Scalars as plain values, null as monostate. Integers beyond int64 become doubles.
RowValue ValueOfJson(simdjson::dom::element element);

}  // namespace vecgate::filter
