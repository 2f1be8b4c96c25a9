#include "filter/row_evaluator.h"

#include "filter/arithmetic.h"

namespace vecgate::filter {
namespace {

RowValue EvaluateScalar(const Scalar& scalar, Columns columns, size_t row);

RowValue EvaluateArithmetic(const Arithmetic& node, Columns columns, size_t row) {
  const RowValue a = EvaluateScalar(*node.left, columns, row);
  const RowValue b = EvaluateScalar(*node.right, columns, row);
  const auto* ai = std::get_if<int64_t>(&a);
  const auto* bi = std::get_if<int64_t>(&b);
  if (ai != nullptr && bi != nullptr) {
    const auto out = Compute(node.op, *ai, *bi);
    return out ? RowValue{*out} : RowValue{};
  }
  const auto* ad = std::get_if<double>(&a);
  const auto* bd = std::get_if<double>(&b);
  // JSON may hold anything; arithmetic with what is no number is unknown.
  if ((ai == nullptr && ad == nullptr) || (bi == nullptr && bd == nullptr)) return {};
  const auto out = Compute(node.op, ai != nullptr ? static_cast<double>(*ai) : *ad,
                           bi != nullptr ? static_cast<double>(*bi) : *bd);
  return out ? RowValue{*out} : RowValue{};
}

RowValue EvaluateScalar(const Scalar& scalar, Columns columns, size_t row) {
  if (const auto* column = std::get_if<ColumnRef>(&scalar.value)) {
    return ReadColumn(*column, columns, row);
  }
  if (const auto* literal = std::get_if<Literal>(&scalar.value)) return ValueOf(*literal);
  if (const auto* length = std::get_if<ArrayLengthOf>(&scalar.value)) {
    return LengthOf(ReadColumn(length->array, columns, row));
  }
  return EvaluateArithmetic(std::get<Arithmetic>(scalar.value), columns, row);
}

struct RowVisitor {
  Columns columns;
  size_t row;

  Truth operator()(const ConstantNode& node) const { return TruthOf(node.value); }

  Truth operator()(const AndNode& node) const {
    Truth out = Truth::kTrue;
    for (const Node& child : node.children) {
      const Truth truth = EvaluateRow(child, columns, row);
      if (truth == Truth::kFalse) return Truth::kFalse;
      if (truth == Truth::kUnknown) out = Truth::kUnknown;
    }
    return out;
  }

  Truth operator()(const OrNode& node) const {
    Truth out = Truth::kFalse;
    for (const Node& child : node.children) {
      const Truth truth = EvaluateRow(child, columns, row);
      if (truth == Truth::kTrue) return Truth::kTrue;
      if (truth == Truth::kUnknown) out = Truth::kUnknown;
    }
    return out;
  }

  Truth operator()(const NotNode& node) const {
    const Truth truth = EvaluateRow(*node.child, columns, row);
    if (truth == Truth::kUnknown) return truth;
    return TruthOf(truth == Truth::kFalse);
  }

  Truth operator()(const CompareNode& node) const {
    const RowValue left = EvaluateScalar(node.left, columns, row);
    if (const auto* literal = std::get_if<Literal>(&node.right.value)) {
      return CompareWithLiteral(left, node.op, *literal);
    }
    return CompareValues(left, node.op, EvaluateScalar(node.right, columns, row));
  }

  Truth operator()(const InNode& node) const {
    return IsIn(ReadColumn(node.column, columns, row), node.items);
  }

  Truth operator()(const LikeNode& node) const {
    const RowValue value = ReadColumn(node.column, columns, row);
    if (std::holds_alternative<std::monostate>(value)) return Truth::kUnknown;
    const auto* text = std::get_if<std::string_view>(&value);
    return TruthOf(text != nullptr && node.pattern.Matches(*text));
  }

  Truth operator()(const IsNullNode& node) const {
    if (node.column.type == DataType::kArray || node.column.path.empty()) {
      return TruthOf(columns[node.column.field]->IsNull(row));
    }
    return TruthOf(std::holds_alternative<std::monostate>(ReadColumn(node.column, columns, row)));
  }

  Truth operator()(const ExistsNode& node) const {
    return TruthOf(!std::holds_alternative<std::monostate>(ReadColumn(node.column, columns, row)));
  }

  Truth operator()(const ContainsNode& node) const {
    return ContainsValues(ReadColumn(node.column, columns, row), node.kind, node.values);
  }
};

}  // namespace

Truth EvaluateRow(const Node& node, Columns columns, size_t row) {
  return std::visit(RowVisitor{columns, row}, node.value);
}

}  // namespace vecgate::filter
