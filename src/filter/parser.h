// Parser: expression text into a tree, by operator precedence.
//
// Binding, tightest first, as in Milvus' grammar: `like`, `**`, unary `+ - ~ not`, `* / %`,
// `+ -`, `<< >>`, `[not] in`, `< <= > >=` and ranges, `== !=`, `&`, `^`, `|`, `and`, `or`.
// `is null` belongs to the column before it and `exists` to the operand after it.
#pragma once

#include <string_view>

#include "base/result.h"
#include "filter/ast.h"
#include "filter/filter.h"

namespace vecgate::filter {

/// The tree of the whole text. Depth and list length are bounded by `limits`. Errors say what was
/// found, what was expected and where, without the text itself.
Result<Ast> Parse(std::string_view text, const CompileLimits& limits);

}  // namespace vecgate::filter
