#include "filter/column_evaluator.h"

#include <optional>
#include <utility>

#include "filter/arithmetic.h"
#include "filter/row_evaluator.h"

namespace vecgate::filter {
namespace {

TruthBits RowByRow(const Node& node, const Block& block) {
  return ScanSparse(block, [&](size_t row) { return EvaluateRow(node, block.columns, row); });
}

/// The literal as a double, when that loses nothing.
std::optional<double> ExactDouble(const Literal& literal) {
  if (const auto* real = std::get_if<double>(&literal.value)) return *real;
  const auto* number = std::get_if<int64_t>(&literal.value);
  if (number == nullptr) return std::nullopt;
  const auto real = static_cast<double>(*number);
  if (WholeNumber(real) != *number) return std::nullopt;
  return real;
}

/// A plain column against a constant in one loop over contiguous values; nothing for the pairs
/// that the row evaluator handles.
std::optional<TruthBits> CompareColumn(const CompareNode& node, const Block& block) {
  const auto* ref = std::get_if<ColumnRef>(&node.left.value);
  const auto* literal = std::get_if<Literal>(&node.right.value);
  if (ref == nullptr || literal == nullptr || !ref->path.empty()) return std::nullopt;
  const Column& column = *block.columns[ref->field];
  const auto scan = [&](const auto& values, const auto constant) {
    return WithOperator(node.op, [&](auto compare) {
      return ScanDense(block, column, [&](size_t row) { return compare(values[row], constant); });
    });
  };
  switch (node.left.type) {
    case ScalarType::kInt: {
      const auto* number = std::get_if<int64_t>(&literal->value);
      if (number == nullptr) return std::nullopt;
      return scan(column.As<int64_t>(), *number);
    }
    case ScalarType::kDouble: {
      const std::optional<double> real = ExactDouble(*literal);
      if (!real) return std::nullopt;
      if (ref->type == DataType::kFloat) return scan(column.As<float>(), *real);
      return scan(column.As<double>(), *real);
    }
    case ScalarType::kString:
      return scan(column.As<std::string>(),
                  std::string_view(std::get<std::string>(literal->value)));
    case ScalarType::kBool:
      return scan(column.As<uint8_t>(), static_cast<uint8_t>(std::get<bool>(literal->value)));
    default: return std::nullopt;
  }
}

/// Few integers are compared one after another, which beats hashing each row's value.
constexpr size_t kLinearItems = 8;

std::optional<TruthBits> InIntegers(const InNode& node, const Block& block) {
  const bool plain = node.column.path.empty() && IsInteger(node.column.type);
  if (!plain) return std::nullopt;
  const Column& column = *block.columns[node.column.field];
  const std::vector<int64_t>& values = column.As<int64_t>();
  if (node.items.integers.size() > kLinearItems) {
    return ScanDense(block, column,
                     [&](size_t row) { return node.items.integers.contains(values[row]); });
  }
  const std::vector<int64_t> items(node.items.integers.begin(), node.items.integers.end());
  return ScanDense(block, column, [&](size_t row) {
    bool found = false;
    for (const int64_t item : items) found |= values[row] == item;
    return found;
  });
}

TruthBits NullBits(const IsNullNode& node, const Block& block) {
  const Column& column = *block.columns[node.column.field];
  TruthBits out{block.candidates, block.candidates};
  const auto candidates = block.candidates.words();
  for (size_t w = 0; w < candidates.size(); ++w) {
    const size_t offset = w * Bitset::kWordBits;
    const size_t count = std::min(Bitset::kWordBits, block.candidates.size() - offset);
    const uint64_t valid = ValidWord(column, block.begin + offset, count);
    out.yes.mutable_words()[w] &= ~valid;
    out.no.mutable_words()[w] &= valid;
  }
  return out;
}

struct BlockVisitor {
  const Node& node;
  const Block& block;

  TruthBits operator()(const ConstantNode& constant) const {
    const Bitset none(block.candidates.size());
    return constant.value ? TruthBits{block.candidates, none} : TruthBits{none, block.candidates};
  }

  TruthBits operator()(const AndNode& chain) const {
    Bitset open = block.candidates;
    TruthBits out{block.candidates, Bitset(block.candidates.size())};
    for (const Node& child : chain.children) {
      const TruthBits truth = EvaluateBlock(
          child, {.columns = block.columns, .begin = block.begin, .candidates = open});
      out.yes.And(truth.yes);
      out.no.Or(truth.no);
      open.AndNot(truth.no);
      if (open.None()) break;
    }
    return out;
  }

  TruthBits operator()(const OrNode& chain) const {
    Bitset open = block.candidates;
    TruthBits out{Bitset(block.candidates.size()), block.candidates};
    for (const Node& child : chain.children) {
      const TruthBits truth = EvaluateBlock(
          child, {.columns = block.columns, .begin = block.begin, .candidates = open});
      out.yes.Or(truth.yes);
      out.no.And(truth.no);
      open.AndNot(truth.yes);
      if (open.None()) break;
    }
    return out;
  }

  TruthBits operator()(const NotNode& negation) const {
    TruthBits truth = EvaluateBlock(*negation.child, block);
    std::swap(truth.yes, truth.no);
    return truth;
  }

  TruthBits operator()(const CompareNode& compare) const {
    std::optional<TruthBits> fast = CompareColumn(compare, block);
    return fast ? std::move(*fast) : RowByRow(node, block);
  }

  TruthBits operator()(const InNode& in) const {
    std::optional<TruthBits> fast = InIntegers(in, block);
    return fast ? std::move(*fast) : RowByRow(node, block);
  }

  TruthBits operator()(const IsNullNode& null) const {
    return null.column.path.empty() ? NullBits(null, block) : RowByRow(node, block);
  }

  TruthBits operator()(const LikeNode&) const { return RowByRow(node, block); }
  TruthBits operator()(const ExistsNode&) const { return RowByRow(node, block); }
  TruthBits operator()(const ContainsNode&) const { return RowByRow(node, block); }
};

}  // namespace

TruthBits EvaluateBlock(const Node& node, const Block& block) {
  return std::visit(BlockVisitor{node, block}, node.value);
}

}  // namespace vecgate::filter
