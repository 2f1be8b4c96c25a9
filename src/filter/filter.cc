#include "filter/filter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "filter/column_evaluator.h"
#include "filter/parser.h"
#include "filter/row_evaluator.h"
#include "filter/string_literal.h"
#include "filter/tree_walk.h"
#include "filter/typer.h"

namespace vecgate::filter {
namespace {

constexpr size_t kShownTextBytes = 256;

/// Rows evaluated at a time: bitmaps and the columns' values of one block stay in cache.
constexpr size_t kBlockRows = 64 * 1024;

Error InExpression(std::string_view text, Error error) {
  error.message = fmt::format("cannot parse expression: {}, error: {}",
                              Shorten(text, kShownTextBytes), error.message);
  error.subject = Subject::kExpression;
  return error;
}

Result<Node> Build(std::string_view text, const CollectionSchema& schema,
                   const TemplateValues& values, const CompileLimits& limits) {
  if (text.size() > limits.max_text_bytes) {
    return InvalidArgument(fmt::format("the expression is {} bytes long, at most {} are allowed",
                                       text.size(), limits.max_text_bytes));
  }
  VG_ASSIGN_OR_RETURN(const Ast tree, Parse(text, limits));
  return TypeCondition(tree, {.schema = schema, .values = values, .limits = limits});
}

}  // namespace

Filter::Filter(std::string text, Node root, const CollectionSchema& schema)
    : text_(std::move(text)), root_(std::move(root)), primary_key_(schema.PrimaryKeyIndex()) {
  SortByCost(root_);
  fields_ = FieldsRead(root_);
}

Result<std::shared_ptr<const Filter>> Compile(std::string_view text, const CollectionSchema& schema,
                                              const TemplateValues& values,
                                              const CompileLimits& limits) {
  Result<Node> root = Build(text, schema, values, limits);
  if (!root.ok()) return InExpression(text, std::move(root.error()));
  return std::make_shared<const Filter>(std::string(text), std::move(*root), schema);
}

const std::string& TextOf(const Filter& filter) { return filter.text(); }

const std::vector<size_t>& FieldsOf(const Filter& filter) { return filter.fields(); }

Bitset Evaluate(const Filter& filter, std::span<const Column* const> columns, size_t num_rows) {
  return EvaluateRange(filter, columns, 0, num_rows);
}

Bitset EvaluateAmong(const Filter& filter, std::span<const Column* const> columns,
                     const Bitset& candidates, std::span<const ColumnIndex* const> indexes) {
  return EvaluateBlock(filter.root(),
                       {.columns = columns, .candidates = candidates, .indexes = indexes},
                       Truth::kTrue);
}

Bitset EvaluateRange(const Filter& filter, std::span<const Column* const> columns, size_t begin,
                     size_t end) {
  Bitset out(end - begin);
  for (size_t at = begin; at < end; at += kBlockRows) {
    const Bitset all(std::min(kBlockRows, end - at), true);
    const Bitset matching = EvaluateBlock(
        filter.root(), {.columns = columns, .begin = at, .candidates = all}, Truth::kTrue);
    const auto words = matching.words();
    std::copy(words.begin(), words.end(),
              out.mutable_words().begin() +
                  static_cast<std::ptrdiff_t>((at - begin) / Bitset::kWordBits));
  }
  return out;
}

bool Matches(const Filter& filter, std::span<const Column* const> columns, size_t row) {
  return EvaluateRow(filter.root(), columns, row) == Truth::kTrue;
}

std::optional<std::vector<PrimaryKey>> PrimaryKeysOf(const Filter& filter) {
  const auto is_key = [&](const ColumnRef& column) {
    return column.field == filter.primary_key() && column.path.empty();
  };
  std::vector<PrimaryKey> keys;
  if (const auto* in = std::get_if<InNode>(&filter.root().value)) {
    if (!is_key(in->column)) return std::nullopt;
    keys.insert(keys.end(), in->items.integers.begin(), in->items.integers.end());
    keys.insert(keys.end(), in->items.strings.begin(), in->items.strings.end());
    std::sort(keys.begin(), keys.end());
    return keys;
  }
  const auto* compare = std::get_if<CompareNode>(&filter.root().value);
  if (compare == nullptr || compare->op != Operator::kEqual) return std::nullopt;
  const auto* column = std::get_if<ColumnRef>(&compare->left.value);
  const auto* literal = std::get_if<Literal>(&compare->right.value);
  if (column == nullptr || literal == nullptr || !is_key(*column)) return std::nullopt;
  if (const auto* number = std::get_if<int64_t>(&literal->value)) keys.emplace_back(*number);
  if (const auto* text = std::get_if<std::string>(&literal->value)) keys.emplace_back(*text);
  // `pk == 1.5` compares with a double; it is left to the evaluator.
  if (keys.empty()) return std::nullopt;
  return keys;
}

}  // namespace vecgate::filter
