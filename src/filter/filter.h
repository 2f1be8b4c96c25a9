// Filters: Milvus' boolean expressions over the scalar fields of a collection.
//
// Text is compiled once against a schema (text → tokens → tree → typed tree) and evaluated over
// columns as often as wanted. Logic inside is three-valued, as in SQL: a comparison with null or
// with a missing JSON key or array element is unknown, `not unknown` is unknown, and a row matches
// only when the whole is true.
//
// Thread safety: a Filter is immutable; everything here may be called from any thread.
#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "filter/bitset.h"
#include "filter/literal.h"
#include "model/column.h"
#include "model/schema.h"

namespace vecgate::filter {

using TemplateValue = Literal;
/// Template parameters, {name} in the text, and their values.
using TemplateValues = std::map<std::string, TemplateValue>;

/// A compiled expression: a typed tree (filter/typed_tree.h) bound to one schema.
class Filter;
/// The values of a column in order (filter/column_index.h).
class ColumnIndex;

struct CompileLimits {
  size_t max_text_bytes = 16 << 20;
  size_t max_list_items = 1'000'000;
  /// Of parentheses, lists, unary operators and operator chains other than and/or.
  size_t max_depth = 256;
};

/// kInvalidArgument (Subject::kExpression) says what is wrong, in Milvus' words: "cannot parse
/// expression: <text>, error: …". kUnimplemented for what this grammar knows but cannot do yet
/// (TEXT_MATCH). The filter is shared because plan caches and running requests hold it together.
Result<std::shared_ptr<const Filter>> Compile(std::string_view text, const CollectionSchema& schema,
                                              const TemplateValues& values = {},
                                              const CompileLimits& limits = {});

/// The text that was compiled.
const std::string& TextOf(const Filter& filter);

/// Positions in the schema of the columns that Evaluate reads, ascending.
const std::vector<size_t>& FieldsOf(const Filter& filter);

/// Bit i is set iff row i matches, for rows [0, num_rows). `columns` are in schema order and hold
/// at least `num_rows` rows each; columns that FieldsOf does not name may be null.
Bitset Evaluate(const Filter& filter, std::span<const Column* const> columns, size_t num_rows);

/// The rows of `candidates` that match, among rows [0, candidates.size()). Where `indexes`, in
/// schema order, holds an index it is over exactly those rows of its column, and asked instead of
/// it; null or nothing at all: no index.
Bitset EvaluateAmong(const Filter& filter, std::span<const Column* const> columns,
                     const Bitset& candidates, std::span<const ColumnIndex* const> indexes = {});

/// Bit i is set iff row `begin + i` matches, for rows [begin, end).
Bitset EvaluateRange(const Filter& filter, std::span<const Column* const> columns, size_t begin,
                     size_t end);

/// Whether row `row` matches, without building bitsets.
bool Matches(const Filter& filter, std::span<const Column* const> columns, size_t row);

/// The keys of a filter that is exactly `pk == x` or `pk in [..]`, each once and ascending;
/// nothing for every other filter.
std::optional<std::vector<PrimaryKey>> PrimaryKeysOf(const Filter& filter);

}  // namespace vecgate::filter
