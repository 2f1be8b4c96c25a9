#include "engines/postgres/filter_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <limits>
#include <optional>

#include "engines/postgres/filter_literal.h"
#include "engines/postgres/values.h"
#include "filter/typed_tree.h"

namespace vecgate::postgres {
namespace {

using filter::ColumnRef;
using filter::ContainsKind;
using filter::ItemSet;
using filter::Literal;
using filter::Node;
using filter::Operator;
using filter::PathStep;
using filter::Scalar;
using filter::ScalarType;

/// SQL that is true, false, or null for unknown, as the filter's condition is. Nothing when there
/// is no such SQL.
using MaybeSql = std::optional<std::string>;

constexpr std::string_view kBytes = " COLLATE \"C\"";

std::string_view SqlOperator(Operator op) {
  switch (op) {
    case Operator::kEqual: return "=";
    case Operator::kNotEqual: return "<>";
    default: return filter::OperatorText(op);
  }
}

bool IsEquality(Operator op) { return op == Operator::kEqual || op == Operator::kNotEqual; }

/// A constant for every value that is not null.
std::string ConstantUnlessNull(const std::string& value, bool truth) {
  return fmt::format("CASE WHEN {} IS NOT NULL THEN {} END", value, truth ? "true" : "false");
}

/// An integer compared with a double that is no whole int64: `x < 2.5` is `x <= 2`.
std::string CompareIntWithReal(const std::string& value, Operator op, double real) {
  if (IsEquality(op) || std::isnan(real)) {
    return ConstantUnlessNull(value, op == Operator::kNotEqual);
  }
  const bool less = op == Operator::kLess || op == Operator::kLessEqual;
  if (std::abs(real) >= 0x1p63) return ConstantUnlessNull(value, less == (real > 0));
  return fmt::format("{} {} {}", value, less ? "<=" : ">", static_cast<int64_t>(std::floor(real)));
}

std::optional<int64_t> Whole(double value) {
  if (!(value >= -0x1p63 && value < 0x1p63) || value != std::trunc(value)) return std::nullopt;
  return static_cast<int64_t>(value);
}

class Lowering {
 public:
  Lowering(const Layout& layout, SqlBuilder& builder) : layout_(layout), builder_(builder) {}

  /// True for every row for which the node is `wanted`. What has no exact form becomes true.
  std::string Lower(const Node& node, bool wanted) {
    if (const auto* both = std::get_if<filter::AndNode>(&node.value)) {
      return Join(both->children, wanted, wanted ? " AND " : " OR ");
    }
    if (const auto* either = std::get_if<filter::OrNode>(&node.value)) {
      return Join(either->children, wanted, wanted ? " OR " : " AND ");
    }
    if (const auto* negation = std::get_if<filter::NotNode>(&node.value)) {
      return Lower(*negation->child, !wanted);
    }
    const size_t added = builder_.parameters().size();
    const MaybeSql sql =
        std::visit([this](const auto& leaf) -> MaybeSql { return Leaf(leaf); }, node.value);
    if (!sql) {
      builder_.KeepFirst(added);
      is_exact_ = false;
      return "true";
    }
    return (wanted ? "(" : "(NOT (") + *sql + (wanted ? ")" : "))");
  }

  [[nodiscard]] bool is_exact() const { return is_exact_; }

 private:
  std::string Join(const std::vector<Node>& children, bool wanted, std::string_view word) {
    std::string out = "(";
    for (const Node& child : children) {
      if (out.size() > 1) out += word;
      out += Lower(child, wanted);
    }
    return out + ")";
  }

  // Never reached: Lower takes them apart.
  MaybeSql Leaf(const filter::AndNode& /*node*/) { return std::nullopt; }
  MaybeSql Leaf(const filter::OrNode& /*node*/) { return std::nullopt; }
  MaybeSql Leaf(const filter::NotNode& /*node*/) { return std::nullopt; }

  MaybeSql Leaf(const filter::ConstantNode& node) { return node.value ? "true" : "false"; }

  MaybeSql Leaf(const filter::CompareNode& node) {
    const auto* literal = std::get_if<Literal>(&node.right.value);
    if (literal == nullptr) return CompareColumns(node);
    if (const auto* column = std::get_if<ColumnRef>(&node.left.value)) {
      if (column->type == DataType::kJson) return CompareJson(*column, node.op, *literal);
      if (const auto* list = std::get_if<Literal::List>(&literal->value)) {
        return CompareArray(*column, node.op, *list);
      }
    }
    const MaybeSql left = Value(node.left);
    if (!left) return std::nullopt;
    return CompareValue(*left, node.left.type, node.op, *literal);
  }

  /// A scalar that is no JSON. Nothing for arithmetic.
  MaybeSql Value(const Scalar& scalar) {
    if (const auto* column = std::get_if<ColumnRef>(&scalar.value)) {
      return column->type == DataType::kJson ? MaybeSql() : Column(*column);
    }
    if (const auto* length = std::get_if<filter::ArrayLengthOf>(&scalar.value)) {
      const ColumnRef& array = length->array;
      if (array.type != DataType::kJson) return fmt::format("cardinality({})", Column(array));
      const std::string place = Place(array);
      return fmt::format("CASE WHEN jsonb_typeof({0}) = 'array' THEN jsonb_array_length({0}) END",
                         place);
    }
    return std::nullopt;
  }

  /// A column, or an element of an ARRAY column.
  std::string Column(const ColumnRef& ref) {
    const std::string& column = layout_.columns[ref.field];
    if (ref.type != DataType::kArray || ref.path.empty()) return column;
    const size_t position = std::get<size_t>(ref.path.front());
    if (position >= kMaxArrayCapacity) return fmt::format("({})[0]", column);  // There is none.
    return fmt::format("({})[{}]", column, position + 1);
  }

  MaybeSql CompareValue(const std::string& left, ScalarType type, Operator op,
                        const Literal& literal) {
    if (const auto* flag = std::get_if<bool>(&literal.value)) {
      return fmt::format("{} {} {}", left, SqlOperator(op), *flag ? "true" : "false");
    }
    if (const auto* text = std::get_if<std::string>(&literal.value)) {
      if (!IsStorableText(*text)) return std::nullopt;
      return fmt::format("{}{} {} {}::text", left, IsEquality(op) ? "" : kBytes, SqlOperator(op),
                         builder_.Add(TextParameter(*text)));
    }
    const auto* number = std::get_if<int64_t>(&literal.value);
    const auto* real = std::get_if<double>(&literal.value);
    if (number == nullptr && real == nullptr) return std::nullopt;
    if (type == ScalarType::kInt) {
      const auto whole = number != nullptr ? std::optional(*number) : Whole(*real);
      if (!whole) return CompareIntWithReal(left, op, *real);
      return fmt::format("{} {} {}::bigint", left, SqlOperator(op),
                         builder_.Add(IntParameter(*whole)));
    }
    if (number != nullptr && !IsExactAsDouble(*number)) return std::nullopt;
    const double value = number != nullptr ? static_cast<double>(*number) : *real;
    return CompareReals(left, op,
                        builder_.Add(TextParameter(NumberText(value))) + "::double precision");
  }

  /// To PostgreSQL NaN is larger than all numbers; to filters it has no order.
  static std::string CompareReals(const std::string& left, Operator op, const std::string& right) {
    std::string out = fmt::format("{} {} {}", left, SqlOperator(op), right);
    if (op == Operator::kGreater || op == Operator::kGreaterEqual) {
      out += fmt::format(" AND {} <> 'NaN'", left);
    }
    return out;
  }

  MaybeSql CompareColumns(const filter::CompareNode& node) {
    const MaybeSql left = Value(node.left);
    const MaybeSql right = Value(node.right);
    if (!left || !right) return std::nullopt;
    const bool reals =
        node.left.type == ScalarType::kDouble || node.right.type == ScalarType::kDouble;
    if (!reals) {
      const bool ordered_texts = node.left.type == ScalarType::kString && !IsEquality(node.op);
      return fmt::format("{}{} {} {}", *left, ordered_texts ? kBytes : "", SqlOperator(node.op),
                         *right);
    }
    // An integer would be rounded to a double.
    if (node.left.type != node.right.type) return std::nullopt;
    if (node.op == Operator::kNotEqual) {
      return fmt::format("{0} <> {1} OR {0} = 'NaN'", *left, *right);
    }
    return fmt::format("{0} {2} {1} AND {0} <> 'NaN' AND {1} <> 'NaN'", *left, *right,
                       SqlOperator(node.op));
  }

  /// The items as an array of the element's own type, those it cannot hold left out.
  std::optional<std::string> ElementArray(DataType element, const Literal::List& items,
                                          size_t& kept) {
    std::vector<std::string> texts;
    for (const Literal& item : items) {
      if (const auto* text = std::get_if<std::string>(&item.value)) {
        if (IsStorableText(*text)) texts.push_back(*text);
      } else if (const auto* flag = std::get_if<bool>(&item.value)) {
        texts.emplace_back(*flag ? "true" : "false");
      } else if (const auto* number = std::get_if<int64_t>(&item.value)) {
        if (!IsInteger(element) && !IsExactAsDouble(*number)) return std::nullopt;
        if (Fits(element, *number)) texts.push_back(std::to_string(*number));
      } else if (const auto* real = std::get_if<double>(&item.value)) {
        // Beyond a float's range, or rounded by it.
        if (element == DataType::kFloat &&
            static_cast<double>(static_cast<float>(*real)) != *real) {
          continue;
        }
        texts.push_back(NumberText(*real));
      } else {
        return std::nullopt;
      }
    }
    kept = texts.size();
    FieldSchema array;
    array.type = DataType::kArray;
    array.element_type = element;
    return builder_.Add(TextParameter(ArrayText(texts))) + "::" + SqlType(array);
  }

  static bool Fits(DataType type, int64_t value) {
    if (type == DataType::kFloat) {
      return static_cast<double>(static_cast<float>(value)) == static_cast<double>(value);
    }
    if (type == DataType::kInt8 || type == DataType::kInt16) {
      return value >= std::numeric_limits<int16_t>::min() &&
             value <= std::numeric_limits<int16_t>::max();
    }
    if (type != DataType::kInt32) return true;
    return value >= std::numeric_limits<int32_t>::min() &&
           value <= std::numeric_limits<int32_t>::max();
  }

  MaybeSql CompareArray(const ColumnRef& ref, Operator op, const Literal::List& list) {
    const std::string column = Column(ref);
    const size_t added = builder_.parameters().size();
    size_t kept = 0;
    const MaybeSql wanted = ElementArray(ref.element_type, list, kept);
    if (!wanted) return std::nullopt;
    if (kept != list.size()) {
      builder_.KeepFirst(added);
      return ConstantUnlessNull(column, op == Operator::kNotEqual);
    }
    return fmt::format("{} {} {}", column, SqlOperator(op), *wanted);
  }

  /// Whether any document can have it.
  static bool IsPossible(const PathStep& step) {
    if (const auto* key = std::get_if<std::string>(&step)) return IsStorableText(*key);
    return std::get<size_t>(step) <= std::numeric_limits<int32_t>::max();
  }

  /// A place in a document, as jsonb. On a scalar `-> 0` gives the scalar itself, and on an object
  /// `-> '0'` a member, so positions ask for an array first.
  std::string Place(const ColumnRef& ref) {
    std::string out = layout_.columns[ref.field];
    const bool possible = std::all_of(ref.path.begin(), ref.path.end(), IsPossible);
    if (!possible) return "NULL::jsonb";
    for (const PathStep& step : ref.path) {
      if (const auto* key = std::get_if<std::string>(&step)) {
        out = fmt::format("({} -> {}::text)", out, builder_.Add(TextParameter(*key)));
        continue;
      }
      const size_t position = std::get<size_t>(step);
      out =
          fmt::format("(CASE WHEN jsonb_typeof({0}) = 'array' THEN {0} -> {1} END)", out, position);
    }
    return out;
  }

  /// By what stands at the place: unknown for null and nothing, `then` for the kind, else `other`.
  static std::string ByKind(const std::string& place, std::string_view kind,
                            const std::string& then, bool other) {
    return fmt::format(
        "CASE coalesce(jsonb_typeof({}), 'null') WHEN 'null' THEN NULL WHEN '{}' THEN {} ELSE {} "
        "END",
        place, kind, then, other ? "true" : "false");
  }

  /// A number of a document as filters read it: whole ones that are written so exactly, the others
  /// as doubles. Those beyond a double, which filters do not read at all, stay as they are.
  static std::string JsonNumber(const std::string& place, const std::string& whole,
                                const std::string& real) {
    return fmt::format(
        "CASE WHEN scale(({0})::numeric) = 0 AND abs(({0})::numeric) < 9223372036854775808 THEN "
        "{1} WHEN abs(({0})::numeric) <= 1.7976931348623157e308 THEN {2} END",
        place, whole, real);
  }

  MaybeSql CompareJson(const ColumnRef& ref, Operator op, const Literal& literal) {
    const std::string place = Place(ref);
    const bool unequal = op == Operator::kNotEqual;
    const std::string_view sign = SqlOperator(op);
    if (const auto* text = std::get_if<std::string>(&literal.value)) {
      if (!IsStorableText(*text)) return std::nullopt;
      return ByKind(place, "string",
                    fmt::format("({} #>> '{{}}'){} {} {}::text", place, kBytes, sign,
                                builder_.Add(TextParameter(*text))),
                    unequal);
    }
    const auto* number = std::get_if<int64_t>(&literal.value);
    const auto* real = std::get_if<double>(&literal.value);
    if (number == nullptr && real == nullptr) {
      const auto json = JsonText(literal);
      if (!json) return std::nullopt;
      const bool flag = std::holds_alternative<bool>(literal.value);
      return ByKind(place, flag ? "boolean" : "array",
                    fmt::format("{} {} {}::jsonb", place, sign, builder_.Add(TextParameter(*json))),
                    unequal);
    }
    const std::string decimal = number != nullptr ? std::to_string(*number) : NumberText(*real);
    const bool precise = number != nullptr ? IsExactAsDouble(*number) : std::abs(*real) < 0x1p53;
    if (!precise) return std::nullopt;
    const std::string given = builder_.Add(TextParameter(decimal));
    const auto compare = [&](std::string_view type) {
      return fmt::format("({0})::numeric{2} {1} {3}::text::{4}", place, sign,
                         type == "numeric" ? "" : "::double precision", given, type);
    };
    return ByKind(place, "number",
                  JsonNumber(place, compare("numeric"), compare("double precision")), unequal);
  }

  MaybeSql Leaf(const filter::InNode& node) {
    if (node.column.type == DataType::kJson) return JsonIn(Place(node.column), node.items);
    const std::string column = Column(node.column);
    const DataType type =
        node.column.type == DataType::kArray ? node.column.element_type : node.column.type;
    if (type == DataType::kBool) return BoolIn(column, node.items);
    if (type == DataType::kVarChar) return AnyOf(column, Texts(node.items), "text");
    if (IsInteger(type)) return AnyOf(column, Wholes(node.items), "bigint");
    return AnyOf(column, Reals(node.items), "double precision");
  }

  /// Of no items SQL says false even to null, which to a filter stays unknown.
  std::string AnyOf(const std::string& column, const std::vector<std::string>& items,
                    std::string_view type) {
    if (items.empty()) return ConstantUnlessNull(column, false);
    return fmt::format("{} = ANY({}::{}[])", column, builder_.Add(TextParameter(ArrayText(items))),
                       type);
  }

  static std::string BoolIn(const std::string& column, const ItemSet& items) {
    if (items.has_true == items.has_false) return ConstantUnlessNull(column, items.has_true);
    return fmt::format("{} = {}", column, items.has_true ? "true" : "false");
  }

  static std::vector<std::string> Texts(const ItemSet& items) {
    std::vector<std::string> out;
    std::copy_if(items.strings.begin(), items.strings.end(), std::back_inserter(out),
                 [](const std::string& text) { return IsStorableText(text); });
    return out;
  }

  static std::vector<std::string> Wholes(const ItemSet& items) {
    std::vector<std::string> out;
    for (const int64_t number : items.integers) out.push_back(std::to_string(number));
    return out;
  }

  /// The doubles among the items: integers that no double equals are none.
  static std::vector<std::string> Reals(const ItemSet& items) {
    std::vector<std::string> out;
    for (const double real : items.doubles) out.push_back(NumberText(real));
    for (const int64_t number : items.integers) {
      const auto real = static_cast<double>(number);
      if (Whole(real) == number) out.push_back(NumberText(real));
    }
    return out;
  }

  MaybeSql JsonIn(const std::string& place, const ItemSet& items) {
    const std::string numeric = fmt::format("({})::numeric", place);
    const std::string numbers =
        JsonNumber(place, AnyOf(numeric, Wholes(items), "numeric"),
                   AnyOf(numeric + "::double precision", Reals(items), "double precision"));
    std::string lists = "false";
    for (const Literal& list : items.lists) {
      const auto json = JsonText(list);
      if (!json) return std::nullopt;
      lists += fmt::format(" OR {} = {}::jsonb", place, builder_.Add(TextParameter(*json)));
    }
    return fmt::format(
        "CASE coalesce(jsonb_typeof({0}), 'null') WHEN 'null' THEN NULL WHEN 'number' THEN {1} "
        "WHEN 'string' THEN {2} WHEN 'boolean' THEN {3} ELSE {4} "
        "END",
        place, numbers, AnyOf(fmt::format("({} #>> '{{}}')", place), Texts(items), "text"),
        BoolIn(fmt::format("({})::boolean", place), items), lists);
  }

  MaybeSql Leaf(const filter::LikeNode& node) {
    // LIKE's pattern is a filter's: %, _ and \ mean the same.
    if (!IsStorableText(node.pattern.text())) return std::nullopt;
    const std::string pattern = builder_.Add(TextParameter(node.pattern.text()));
    if (node.column.type != DataType::kJson) {
      return fmt::format("{} LIKE {}::text", Column(node.column), pattern);
    }
    const std::string place = Place(node.column);
    return ByKind(place, "string", fmt::format("({} #>> '{{}}') LIKE {}::text", place, pattern),
                  false);
  }

  MaybeSql Leaf(const filter::IsNullNode& node) {
    const ColumnRef& ref = node.column;
    if (ref.type == DataType::kArray || ref.path.empty()) {
      return fmt::format("{} IS NULL", layout_.columns[ref.field]);
    }
    return fmt::format("coalesce(jsonb_typeof({}), 'null') = 'null'", Place(ref));
  }

  MaybeSql Leaf(const filter::ExistsNode& node) {
    if (node.column.type != DataType::kJson) {
      return fmt::format("{} IS NOT NULL", Column(node.column));
    }
    return fmt::format("coalesce(jsonb_typeof({}), 'null') <> 'null'", Place(node.column));
  }

  MaybeSql Leaf(const filter::ContainsNode& node) {
    if (node.column.type == DataType::kJson) return JsonContains(node);
    const std::string column = Column(node.column);
    const size_t added = builder_.parameters().size();
    size_t kept = 0;
    const MaybeSql wanted = ElementArray(node.column.element_type, node.values, kept);
    if (!wanted) return std::nullopt;
    if (node.kind == ContainsKind::kAny) return fmt::format("{} && {}", column, *wanted);
    if (kept != node.values.size()) {
      builder_.KeepFirst(added);
      return ConstantUnlessNull(column, false);
    }
    return fmt::format("{} @> {}", column, *wanted);
  }

  MaybeSql JsonContains(const filter::ContainsNode& node) {
    const std::string place = Place(node.column);
    const bool any = node.kind == ContainsKind::kAny;
    std::string found = any ? "false" : "true";
    for (const Literal& value : node.values) {
      const auto json = JsonText(value);
      if (!json) return std::nullopt;
      const std::string given = builder_.Add(TextParameter(*json)) + "::jsonb";
      // Containment of lists is looser than equality of elements, so lists are compared one by one.
      const bool list = std::holds_alternative<Literal::List>(value.value);
      found += any ? " OR " : " AND ";
      found += list ? fmt::format(
                          "EXISTS (SELECT FROM jsonb_array_elements({}) AS e (v) WHERE e.v "
                          "= {})",
                          place, given)
                    : fmt::format("{} @> {}", place, given);
    }
    return ByKind(place, "array", fmt::format("({})", found), false);
  }

  const Layout& layout_;
  SqlBuilder& builder_;
  bool is_exact_ = true;
};

}  // namespace

std::string SqlBuilder::Add(Parameter parameter) {
  parameters_.push_back(std::move(parameter));
  return fmt::format("${}", parameters_.size());
}

SqlCondition ToSql(const filter::Filter& filter, const Layout& layout, SqlBuilder& builder) {
  Lowering lowering(layout, builder);
  SqlCondition out;
  out.sql = lowering.Lower(filter.root(), true);
  out.is_exact = lowering.is_exact();
  return out;
}

}  // namespace vecgate::postgres
