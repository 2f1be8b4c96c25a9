#include "engines/milvus/filter_expression.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "filter/arithmetic.h"
#include "filter/typed_tree.h"

namespace vecgate::milvus_engine {
namespace {

using filter::ColumnRef;
using filter::ContainsKind;
using filter::Literal;
using filter::Node;
using filter::Operator;

/// Beyond this, doubles do not tell all integers apart.
constexpr int64_t kExactInt = int64_t{1} << 53;

/// A condition of the rows where what is read is not null, or nothing where Milvus has none.
using MaybeExpression = std::optional<Expression>;

bool IsPlain(const ColumnRef& ref) { return ref.path.empty() && ref.type != DataType::kJson; }

bool IsReal(DataType type) { return type == DataType::kFloat || type == DataType::kDouble; }

bool IsSafeInKey(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '-' || c == ' ' || c == '.' || c == ':';
}

/// Milvus takes keys apart at brackets, and reads what is left as a JSON pointer.
bool IsSafeKey(const filter::PathStep& step) {
  const auto* key = std::get_if<std::string>(&step);
  return key != nullptr && !key->empty() && std::all_of(key->begin(), key->end(), IsSafeInKey);
}

/// An integer compared with a double: by the whole numbers beside it.
Expression CompareIntWithReal(const std::string& name, Operator op, double real) {
  if (const auto whole = filter::WholeNumber(real)) return CompareInt(name, op, *whole);
  const bool equality = op == Operator::kEqual || op == Operator::kNotEqual;
  if (equality || std::isnan(real)) return Expression::Constant(op == Operator::kNotEqual);
  const bool less = op == Operator::kLess || op == Operator::kLessEqual;
  if (std::abs(real) >= 0x1p63) return Expression::Constant(less == (real > 0));
  return CompareInt(name, less ? Operator::kLessEqual : Operator::kGreater,
                    static_cast<int64_t>(std::floor(real)));
}

Expression CompareDouble(const std::string& name, Operator op, double value) {
  return Expression::Text(
      fmt::format("{} {} {}", name, filter::OperatorText(op), RealLiteral(value)));
}

/// Milvus rounds the literal to a float; so it is one of the floats beside it from the start.
Expression CompareFloat(const std::string& name, Operator op, double value) {
  const auto rounded = static_cast<float>(value);
  if (std::isfinite(rounded) && static_cast<double>(rounded) == value) {
    return CompareDouble(name, op, value);
  }
  if (op == Operator::kEqual || op == Operator::kNotEqual) {
    return Expression::Constant(op == Operator::kNotEqual);
  }
  const bool less = op == Operator::kLess || op == Operator::kLessEqual;
  if (!std::isfinite(rounded)) return Expression::Constant(less == (value > 0));
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  // The nearest float on the side that is asked for.
  float border = rounded;
  if (less && static_cast<double>(border) > value) border = std::nextafter(border, -kInfinity);
  if (!less && static_cast<double>(border) < value) border = std::nextafter(border, kInfinity);
  if (!std::isfinite(border)) return Expression::None();
  return CompareDouble(name, less ? Operator::kLessEqual : Operator::kGreaterEqual, border);
}

MaybeExpression CompareColumn(const std::string& name, DataType type, Operator op,
                              const Literal& literal) {
  if (const auto* flag = std::get_if<bool>(&literal.value)) {
    if (type != DataType::kBool) return std::nullopt;
    if (op != Operator::kEqual && op != Operator::kNotEqual) return std::nullopt;
    return Expression::Text(
        fmt::format("{} {} {}", name, filter::OperatorText(op), *flag ? "true" : "false"));
  }
  if (const auto* text = std::get_if<std::string>(&literal.value)) {
    const auto quoted = TextLiteral(*text);
    if (type != DataType::kVarChar || !quoted) return std::nullopt;
    return Expression::Text(fmt::format("{} {} {}", name, filter::OperatorText(op), *quoted));
  }
  const auto* number = std::get_if<int64_t>(&literal.value);
  const auto* real = std::get_if<double>(&literal.value);
  if (number == nullptr && real == nullptr) return std::nullopt;
  if (IsInteger(type)) {
    return number != nullptr ? CompareInt(name, op, *number) : CompareIntWithReal(name, op, *real);
  }
  if (!IsReal(type)) return std::nullopt;
  if (number != nullptr && (*number > kExactInt || *number < -kExactInt)) return std::nullopt;
  const double value = number != nullptr ? static_cast<double>(*number) : *real;
  if (!std::isfinite(value)) return std::nullopt;
  return type == DataType::kFloat ? CompareFloat(name, op, value) : CompareDouble(name, op, value);
}

class Lowering {
 public:
  explicit Lowering(const Layout& layout) : layout_(layout) {}

  /// True for every row for which the node is `wanted`.
  Expression Lower(const Node& node, bool wanted) {
    if (const auto* both = std::get_if<filter::AndNode>(&node.value)) {
      return Join(both->children, wanted, wanted);
    }
    if (const auto* either = std::get_if<filter::OrNode>(&node.value)) {
      return Join(either->children, wanted, !wanted);
    }
    if (const auto* negation = std::get_if<filter::NotNode>(&node.value)) {
      return Lower(*negation->child, !wanted);
    }
    const MaybeExpression out =
        std::visit([&](const auto& leaf) { return Leaf(leaf, wanted); }, node.value);
    if (out) return *out;
    is_exact_ = false;
    return Expression::All();
  }

  [[nodiscard]] bool is_exact() const { return is_exact_; }

 private:
  Expression Join(const std::vector<Node>& children, bool wanted, bool all) {
    Expression out = Expression::Constant(all);
    for (const Node& child : children) {
      const Expression part = Lower(child, wanted);
      out = all ? out && part : out || part;
    }
    return out;
  }

  // Never reached: Lower takes them apart.
  MaybeExpression Leaf(const filter::AndNode& /*node*/, bool /*wanted*/) { return std::nullopt; }
  MaybeExpression Leaf(const filter::OrNode& /*node*/, bool /*wanted*/) { return std::nullopt; }
  MaybeExpression Leaf(const filter::NotNode& /*node*/, bool /*wanted*/) { return std::nullopt; }

  MaybeExpression Leaf(const filter::ConstantNode& node, bool wanted) {
    return Expression::Constant(node.value == wanted);
  }

  [[nodiscard]] Expression NotNull(size_t field) const {
    if (!layout_.has_null_flag(field)) return Expression::All();
    return Expression::Text(fmt::format("{} == false", layout_.NullFlag(field)));
  }

  /// The condition, or its contrary, of rows where the column is not null.
  [[nodiscard]] MaybeExpression Known(const ColumnRef& ref, const MaybeExpression& condition,
                                      bool wanted) const {
    if (!condition) return std::nullopt;
    return NotNull(ref.field) && (wanted ? *condition : !*condition);
  }

  /// Of conditions that admit more rows than the filter.
  MaybeExpression Roughly(const ColumnRef& ref, const MaybeExpression& condition, bool wanted) {
    if (!condition || !wanted) return std::nullopt;
    is_exact_ = false;
    return NotNull(ref.field) && *condition;
  }

  [[nodiscard]] const std::string& Name(const ColumnRef& ref) const {
    return layout_.field(ref.field).name;
  }

  MaybeExpression Leaf(const filter::CompareNode& node, bool wanted) {
    const auto* ref = std::get_if<ColumnRef>(&node.left.value);
    const auto* literal = std::get_if<Literal>(&node.right.value);
    if (ref == nullptr || literal == nullptr) return std::nullopt;
    if (ref->type == DataType::kJson) {
      return Roughly(*ref, ComparePlace(*ref, node.op, *literal), wanted);
    }
    if (!IsPlain(*ref)) return std::nullopt;
    return Known(*ref, CompareColumn(Name(*ref), ref->type, node.op, *literal), wanted);
  }

  /// `$meta["a"]["b"]`, or nothing for a path that Milvus may read otherwise.
  [[nodiscard]] std::optional<std::string> Place(const ColumnRef& ref) const {
    if (ref.path.empty() || !std::all_of(ref.path.begin(), ref.path.end(), IsSafeKey)) {
      return std::nullopt;
    }
    if (std::get<std::string>(ref.path.front()).starts_with(kHiddenPrefix)) return std::nullopt;
    std::string out = Name(ref);
    for (const filter::PathStep& step : ref.path) {
      out += fmt::format("[\"{}\"]", std::get<std::string>(step));
    }
    return out;
  }

  [[nodiscard]] MaybeExpression ComparePlace(const ColumnRef& ref, Operator op,
                                             const Literal& literal) const {
    const auto place = Place(ref);
    if (!place || op == Operator::kNotEqual) return std::nullopt;
    std::string right;
    if (const auto* text = std::get_if<std::string>(&literal.value)) {
      const auto quoted = TextLiteral(*text);
      if (!quoted) return std::nullopt;
      right = *quoted;
    } else if (const auto* number = std::get_if<int64_t>(&literal.value)) {
      if (*number > kExactInt || *number < -kExactInt) return std::nullopt;
      right = std::to_string(*number);
    } else if (const auto* real = std::get_if<double>(&literal.value)) {
      if (!(std::abs(*real) < static_cast<double>(kExactInt))) return std::nullopt;
      right = RealLiteral(*real);
    } else {
      return std::nullopt;
    }
    return Expression::Text(fmt::format("{} {} {}", *place, filter::OperatorText(op), right));
  }

  MaybeExpression Leaf(const filter::InNode& node, bool wanted) {
    if (node.column.type == DataType::kJson) {
      return Roughly(node.column, PlaceIn(node), wanted);
    }
    if (!IsPlain(node.column)) return std::nullopt;
    return Known(node.column, ColumnIn(node), wanted);
  }

  [[nodiscard]] MaybeExpression ColumnIn(const filter::InNode& node) const {
    const std::string& name = Name(node.column);
    const filter::ItemSet& items = node.items;
    const DataType type = node.column.type;
    if (type == DataType::kBool) {
      if (items.has_true == items.has_false) return Expression::Constant(items.has_true);
      return Expression::Text(fmt::format("{} == {}", name, items.has_true ? "true" : "false"));
    }
    if (type == DataType::kVarChar) {
      return TextIn(name, std::vector<std::string>(items.strings.begin(), items.strings.end()));
    }
    const std::vector<int64_t> wholes(items.integers.begin(), items.integers.end());
    if (IsInteger(type)) return IntIn(name, wholes);
    if (!IsReal(type)) return std::nullopt;
    Expression out = Expression::None();
    std::vector<double> reals(items.doubles.begin(), items.doubles.end());
    for (const int64_t whole : wholes) {
      if (whole > kExactInt || whole < -kExactInt) return std::nullopt;
      reals.push_back(static_cast<double>(whole));
    }
    std::string listed;
    for (const double real : reals) {
      if (!std::isfinite(real)) return std::nullopt;
      listed += (listed.empty() ? "" : ",") + RealLiteral(real);
    }
    if (listed.empty()) return Expression::None();
    return Expression::Text(fmt::format("{} in [{}]", name, listed));
  }

  /// Lists of numbers and of texts alone: of mixed ones Milvus makes nothing.
  [[nodiscard]] MaybeExpression PlaceIn(const filter::InNode& node) const {
    const auto place = Place(node.column);
    const filter::ItemSet& items = node.items;
    if (!place || !items.lists.empty() || items.has_true || items.has_false) return std::nullopt;
    Expression out = Expression::None();
    const auto add = [&](const Literal& literal) {
      const MaybeExpression one = ComparePlace(node.column, Operator::kEqual, literal);
      if (one) out = out || *one;
      return one.has_value();
    };
    constexpr size_t kMostItems = 64;
    if (items.integers.size() + items.doubles.size() + items.strings.size() > kMostItems) {
      return std::nullopt;
    }
    for (const int64_t number : items.integers) {
      if (!add(Literal{number})) return std::nullopt;
    }
    for (const double real : items.doubles) {
      if (!add(Literal{real})) return std::nullopt;
    }
    for (const std::string& text : items.strings) {
      if (!add(Literal{text})) return std::nullopt;
    }
    return out;
  }

  /// Milvus 2.3 knows patterns that end in its one `%`, and no escapes.
  MaybeExpression Leaf(const filter::LikeNode& node, bool wanted) {
    if (!IsPlain(node.column) || node.column.type != DataType::kVarChar) return std::nullopt;
    const std::string& fixed = node.pattern.fixed();
    const auto quoted = TextLiteral(fixed);
    if (!quoted) return std::nullopt;
    if (node.pattern.shape() == filter::LikePattern::Shape::kExact) {
      return Known(node.column,
                   Expression::Text(fmt::format("{} == {}", Name(node.column), *quoted)), wanted);
    }
    const bool prefix = node.pattern.shape() == filter::LikePattern::Shape::kPrefix;
    if (!prefix || fixed.find_first_of("%_\\") != std::string::npos) return std::nullopt;
    std::string pattern = *quoted;
    pattern.insert(pattern.size() - 1, "%");
    return Known(node.column,
                 Expression::Text(fmt::format("{} like {}", Name(node.column), pattern)), wanted);
  }

  MaybeExpression Leaf(const filter::IsNullNode& node, bool wanted) {
    const bool field_itself = node.column.type == DataType::kArray || node.column.path.empty();
    if (!field_itself) return std::nullopt;
    return wanted ? !NotNull(node.column.field) : NotNull(node.column.field);
  }

  MaybeExpression Leaf(const filter::ExistsNode& node, bool wanted) {
    if (IsPlain(node.column) && node.column.type != DataType::kArray) {
      return wanted ? NotNull(node.column.field) : !NotNull(node.column.field);
    }
    // Milvus 2.3 does not take its `exists` beside `and` and `or`.
    return std::nullopt;
  }

  MaybeExpression Leaf(const filter::ContainsNode& node, bool wanted) {
    if (node.column.type != DataType::kArray || !node.column.path.empty()) return std::nullopt;
    return Known(node.column, ArrayContains(node), wanted);
  }

  [[nodiscard]] MaybeExpression ArrayContains(const filter::ContainsNode& node) const {
    std::vector<std::string> values;
    size_t impossible = 0;
    for (const Literal& value : node.values) {
      const auto* number = std::get_if<int64_t>(&value.value);
      const auto* text = std::get_if<std::string>(&value.value);
      if (node.column.element_type == DataType::kInt64 && number != nullptr) {
        if (*number == std::numeric_limits<int64_t>::min()) return std::nullopt;
        values.push_back(std::to_string(*number));
      } else if (node.column.element_type == DataType::kVarChar && text != nullptr) {
        auto quoted = TextLiteral(*text);
        if (quoted) values.push_back(std::move(*quoted));
        if (!quoted) ++impossible;
      } else {
        return std::nullopt;
      }
    }
    const bool any = node.kind == ContainsKind::kAny;
    if (!any && impossible > 0) return Expression::None();
    if (values.empty()) return Expression::Constant(!any);
    return Expression::Text(fmt::format("array_contains_{}({}, [{}])", any ? "any" : "all",
                                        Name(node.column), fmt::join(values, ",")));
  }

  const Layout& layout_;
  bool is_exact_ = true;
};

}  // namespace

Condition ToCondition(const filter::Filter& filter, const Layout& layout) {
  Lowering lowering(layout);
  Expression expression = lowering.Lower(filter.root(), true);
  return {.expression = std::move(expression), .is_exact = lowering.is_exact()};
}

Condition ToCondition(const RowSelection& selection, const Layout& layout) {
  Condition out;
  if (selection.filter != nullptr) out = ToCondition(*selection.filter, layout);
  if (selection.partitions.empty()) return out;
  std::vector<int64_t> numbers;
  bool has_default = false;
  for (const PartitionId partition : selection.partitions) {
    numbers.push_back(ToNumber(partition));
    has_default = has_default || partition == PartitionId{0};
  }
  out.expression = (layout.has_partitions() ? IntIn(kPartitionField, numbers)
                                            : Expression::Constant(has_default)) &&
                   out.expression;
  return out;
}

}  // namespace vecgate::milvus_engine
