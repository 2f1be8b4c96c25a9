#include "filter/column_evaluator.h"

#include <optional>
#include <utility>

#include "base/check.h"
#include "filter/arithmetic.h"
#include "filter/row_evaluator.h"

namespace vecgate::filter {
namespace {

Truth Opposite(Truth truth) { return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue; }

Bitset RowByRow(const Node& node, const Block& block, Truth wanted) {
  return ScanSparse(block, wanted,
                    [&](size_t row) { return EvaluateRow(node, block.columns, row); });
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
std::optional<Bitset> CompareColumn(const CompareNode& node, const Block& block, Truth wanted) {
  const auto* ref = std::get_if<ColumnRef>(&node.left.value);
  const auto* literal = std::get_if<Literal>(&node.right.value);
  if (ref == nullptr || literal == nullptr || !ref->path.empty()) return std::nullopt;
  const Column& column = *block.columns[ref->field];
  const auto scan = [&](const auto& values, const auto constant) {
    return WithOperator(node.op, [&](auto compare) {
      return ScanDense(block, column, wanted,
                       [&](size_t row) { return compare(values[row], constant); });
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

/// So few candidates are asked one by one: an index takes as long to answer for all rows, and a
/// scan of the words they stand in longer.
constexpr size_t kFewRows = 16;

/// Few integers are compared one after another, which beats hashing each row's value.
constexpr size_t kLinearItems = 8;

std::optional<Bitset> InIntegers(const InNode& node, const Block& block, Truth wanted) {
  const bool plain = node.column.path.empty() && IsInteger(node.column.type);
  if (!plain) return std::nullopt;
  const Column& column = *block.columns[node.column.field];
  const std::vector<int64_t>& values = column.As<int64_t>();
  if (node.items.integers.size() > kLinearItems) {
    return ScanDense(block, column, wanted,
                     [&](size_t row) { return node.items.integers.contains(values[row]); });
  }
  const std::vector<int64_t> items(node.items.integers.begin(), node.items.integers.end());
  return ScanDense(block, column, wanted, [&](size_t row) {
    bool found = false;
    for (const int64_t item : items) found |= values[row] == item;
    return found;
  });
}

Bitset NullBits(const IsNullNode& node, const Block& block, Truth wanted) {
  const Column& column = *block.columns[node.column.field];
  Bitset out = block.candidates;
  const auto words = out.mutable_words();
  for (size_t w = 0; w < words.size(); ++w) {
    const size_t offset = w * Bitset::kWordBits;
    const size_t count = std::min(Bitset::kWordBits, out.size() - offset);
    const uint64_t valid = ValidWord(column, block.begin + offset, count);
    words[w] &= wanted == Truth::kTrue ? ~valid : valid;
  }
  return out;
}

/// The one column that a leaf compares with constants, as a whole; else null.
struct WholeColumn {
  const ColumnRef* operator()(const CompareNode& compare) const {
    const auto* column = std::get_if<ColumnRef>(&compare.left.value);
    const bool constant = std::holds_alternative<Literal>(compare.right.value);
    if (column == nullptr || !constant || column->type == DataType::kArray) return nullptr;
    return Whole(*column);
  }
  const ColumnRef* operator()(const InNode& in) const { return Whole(in.column); }
  const ColumnRef* operator()(const LikeNode& like) const { return Whole(like.column); }
  const ColumnRef* operator()(const IsNullNode& null) const { return Whole(null.column); }
  const ColumnRef* operator()(const ContainsNode& contains) const { return Whole(contains.column); }
  const ColumnRef* operator()(const auto&) const { return nullptr; }

  static const ColumnRef* Whole(const ColumnRef& column) {
    return column.path.empty() ? &column : nullptr;
  }
};

/// The index that answers a leaf; null without one.
const ColumnIndex* IndexOf(const Node& node, const Block& block) {
  if (block.indexes.empty()) return nullptr;
  const ColumnRef* column = std::visit(WholeColumn{}, node.value);
  return column != nullptr ? block.indexes[column->field] : nullptr;
}

/// The rows for which a leaf is true. For leaves that IndexOf finds an index for.
struct IndexVisitor {
  const ColumnIndex& index;

  Bitset operator()(const CompareNode& compare) const {
    return index.Compare(compare.op, std::get<Literal>(compare.right.value));
  }
  Bitset operator()(const InNode& in) const { return index.In(in.items); }
  Bitset operator()(const LikeNode& like) const { return index.Like(like.pattern); }
  Bitset operator()(const ContainsNode& contains) const {
    return index.Contains(contains.kind, contains.values);
  }
  Bitset operator()(const IsNullNode&) const {
    Bitset rows = index.known();
    rows.Flip();
    return rows;
  }
  Bitset operator()(const auto&) const { VG_CHECK(false); }
};

Bitset ByIndex(const Node& node, const ColumnIndex& index, const Block& block, Truth wanted) {
  Bitset rows = std::visit(IndexVisitor{index}, node.value);
  if (wanted == Truth::kTrue) return std::move(rows.And(block.candidates));
  Bitset others = block.candidates;
  others.And(index.known()).AndNot(rows);
  return others;
}

struct BlockVisitor {
  const Node& node;
  const Block& block;
  Truth wanted;

  Bitset operator()(const ConstantNode& constant) const {
    const bool all = TruthOf(constant.value) == wanted;
    return all ? block.candidates : Bitset(block.candidates.size());
  }

  Bitset operator()(const AndNode& chain) const {
    return wanted == Truth::kTrue ? Every(chain.children) : Any(chain.children);
  }

  Bitset operator()(const OrNode& chain) const {
    return wanted == Truth::kTrue ? Any(chain.children) : Every(chain.children);
  }

  Bitset operator()(const NotNode& negation) const {
    return EvaluateBlock(*negation.child, block, Opposite(wanted));
  }

  Bitset operator()(const CompareNode& compare) const {
    std::optional<Bitset> fast = CompareColumn(compare, block, wanted);
    return fast ? std::move(*fast) : RowByRow(node, block, wanted);
  }

  Bitset operator()(const InNode& in) const {
    std::optional<Bitset> fast = InIntegers(in, block, wanted);
    return fast ? std::move(*fast) : RowByRow(node, block, wanted);
  }

  Bitset operator()(const IsNullNode& null) const {
    return null.column.path.empty() ? NullBits(null, block, wanted) : RowByRow(node, block, wanted);
  }

  Bitset operator()(const LikeNode&) const { return RowByRow(node, block, wanted); }
  Bitset operator()(const ExistsNode&) const { return RowByRow(node, block, wanted); }
  Bitset operator()(const ContainsNode&) const { return RowByRow(node, block, wanted); }

 private:
  /// Calls visit(child) until it returns false: those that an index answers come first.
  template <typename Visit>
  void InOrder(const std::vector<Node>& children, Visit&& visit) const {
    for (const bool indexed : {true, false}) {
      for (const Node& child : children) {
        if ((IndexOf(child, block) != nullptr) == indexed && !visit(child)) return;
      }
    }
  }

  /// Where every child is what is wanted.
  [[nodiscard]] Bitset Every(const std::vector<Node>& children) const {
    Bitset out = block.candidates;
    InOrder(children, [&](const Node& child) {
      out = EvaluateBlock(child, Among(out), wanted);
      return !out.None();
    });
    return out;
  }

  /// Where a child is what is wanted.
  [[nodiscard]] Bitset Any(const std::vector<Node>& children) const {
    Bitset open = block.candidates;
    InOrder(children, [&](const Node& child) {
      open.AndNot(EvaluateBlock(child, Among(open), wanted));
      return !open.None();
    });
    Bitset out = block.candidates;
    out.AndNot(open);
    return out;
  }

  [[nodiscard]] Block Among(const Bitset& candidates) const {
    return {.columns = block.columns,
            .begin = block.begin,
            .candidates = candidates,
            .indexes = block.indexes};
  }
};

}  // namespace

Bitset EvaluateBlock(const Node& node, const Block& block, Truth wanted) {
  if (block.candidates.HasAtMost(kFewRows)) return RowByRow(node, block, wanted);
  if (const ColumnIndex* index = IndexOf(node, block)) {
    return ByIndex(node, *index, block, wanted);
  }
  return std::visit(BlockVisitor{node, block, wanted}, node.value);
}

}  // namespace vecgate::filter
