#include "filter/row_value.h"

#include <algorithm>

#include "filter/arithmetic.h"
#include "filter/json_place.h"

namespace vecgate::filter {
namespace {

using simdjson::dom::element;

RowValue ElementOf(const Array& array, size_t position) {
  return std::visit(
      [&](const auto& items) -> RowValue {
        using Item = typename std::decay_t<decltype(items)>::value_type;
        if (position >= items.size()) return std::monostate{};
        if constexpr (std::is_same_v<Item, uint8_t>) {
          return items[position] != 0;
        } else if constexpr (std::is_same_v<Item, float>) {
          return static_cast<double>(items[position]);
        } else if constexpr (std::is_same_v<Item, std::string>) {
          return std::string_view(items[position]);
        } else {
          return items[position];
        }
      },
      array);
}

RowValue ReadArray(const ColumnRef& ref, const Array& array) {
  if (ref.path.empty()) return &array;
  return ElementOf(array, std::get<size_t>(ref.path.front()));
}

/// Numbers, texts and truth values of one kind; nothing when the kinds differ.
std::optional<std::partial_ordering> Order(const RowValue& a, const RowValue& b) {
  const auto* ai = std::get_if<int64_t>(&a);
  const auto* bi = std::get_if<int64_t>(&b);
  const auto* ad = std::get_if<double>(&a);
  const auto* bd = std::get_if<double>(&b);
  if (ai != nullptr && bi != nullptr) return *ai <=> *bi;
  if (ad != nullptr && bd != nullptr) return *ad <=> *bd;
  if (ai != nullptr && bd != nullptr) return CompareNumbers(*ai, *bd);
  if (ad != nullptr && bi != nullptr) return 0 <=> CompareNumbers(*bi, *ad);
  if (a.index() != b.index()) return std::nullopt;
  if (const auto* text = std::get_if<std::string_view>(&a)) {
    return *text <=> std::get<std::string_view>(b);
  }
  if (const auto* flag = std::get_if<bool>(&a)) return *flag <=> std::get<bool>(b);
  return std::nullopt;
}

bool Equals(const RowValue& value, const Literal& literal);

bool EqualsList(const RowValue& value, const Literal::List& list) {
  if (const auto* array = std::get_if<const Array*>(&value)) {
    if (ArrayLength(**array) != list.size()) return false;
    for (size_t i = 0; i < list.size(); ++i) {
      if (!Equals(ElementOf(**array, i), list[i])) return false;
    }
    return true;
  }
  const auto* json = std::get_if<element>(&value);
  if (json == nullptr || !json->is_array()) return false;
  size_t i = 0;
  const simdjson::dom::array items = json->get_array().value_unsafe();
  for (const element item : items) {
    if (i == list.size() || !Equals(ValueOfJson(item), list[i])) return false;
    ++i;
  }
  return i == list.size();
}

bool Equals(const RowValue& value, const Literal& literal) {
  if (const auto* list = std::get_if<Literal::List>(&literal.value)) {
    return EqualsList(value, *list);
  }
  const auto order = Order(value, ValueOf(literal));
  return order.has_value() && *order == 0;
}

/// Calls visit(value) for each element until it returns true; false when there is no array.
template <typename Visit>
bool AnyElement(const RowValue& array, Visit&& visit) {
  if (const auto* stored = std::get_if<const Array*>(&array)) {
    const size_t length = ArrayLength(**stored);
    for (size_t i = 0; i < length; ++i) {
      if (visit(ElementOf(**stored, i))) return true;
    }
    return false;
  }
  const simdjson::dom::array items = std::get<element>(array).get_array().value_unsafe();
  for (const element item : items) {
    if (visit(ValueOfJson(item))) return true;
  }
  return false;
}

bool IsArray(const RowValue& value) {
  if (std::holds_alternative<const Array*>(value)) return true;
  const auto* json = std::get_if<element>(&value);
  return json != nullptr && json->is_array();
}

}  // namespace

RowValue ReadColumn(const ColumnRef& ref, Columns columns, size_t row) {
  const Column& column = *columns[ref.field];
  if (column.IsNull(row)) return std::monostate{};
  switch (ref.type) {
    case DataType::kBool: return column.As<uint8_t>()[row] != 0;
    case DataType::kFloat: return static_cast<double>(column.As<float>()[row]);
    case DataType::kDouble: return column.As<double>()[row];
    case DataType::kVarChar: return std::string_view(column.As<std::string>()[row]);
    case DataType::kArray: return ReadArray(ref, column.As<Array>()[row]);
    case DataType::kJson: return ReadJson(column.As<std::string>()[row], ref.path);
    default: return column.As<int64_t>()[row];
  }
}

RowValue ValueOf(const Literal& literal) {
  return std::visit(
      [](const auto& value) -> RowValue {
        using T = std::decay_t<decltype(value)>;
        if constexpr (std::is_same_v<T, std::string>) {
          return std::string_view(value);
        } else if constexpr (std::is_same_v<T, Literal::List>) {
          return std::monostate{};
        } else {
          return value;
        }
      },
      literal.value);
}

Truth CompareValues(const RowValue& a, Operator op, const RowValue& b) {
  if (std::holds_alternative<std::monostate>(a) || std::holds_alternative<std::monostate>(b)) {
    return Truth::kUnknown;
  }
  const auto order = Order(a, b);
  if (!order) return TruthOf(op == Operator::kNotEqual);
  return TruthOf(Satisfies(*order, op));
}

Truth CompareWithLiteral(const RowValue& a, Operator op, const Literal& b) {
  const auto* list = std::get_if<Literal::List>(&b.value);
  if (list == nullptr) return CompareValues(a, op, ValueOf(b));
  if (std::holds_alternative<std::monostate>(a)) return Truth::kUnknown;
  return TruthOf(EqualsList(a, *list) == (op == Operator::kEqual));
}

Truth IsIn(const RowValue& value, const ItemSet& items) {
  if (std::holds_alternative<std::monostate>(value)) return Truth::kUnknown;
  if (const auto* number = std::get_if<int64_t>(&value)) {
    return TruthOf(items.integers.contains(*number));
  }
  if (const auto* real = std::get_if<double>(&value)) {
    const std::optional<int64_t> whole = WholeNumber(*real);
    return TruthOf(whole ? items.integers.contains(*whole) : items.doubles.contains(*real));
  }
  if (const auto* text = std::get_if<std::string_view>(&value)) {
    return TruthOf(items.strings.contains(*text));
  }
  if (const auto* flag = std::get_if<bool>(&value)) {
    return TruthOf(*flag ? items.has_true : items.has_false);
  }
  return TruthOf(std::any_of(items.lists.begin(), items.lists.end(),
                             [&](const Literal& list) { return Equals(value, list); }));
}

Truth ContainsValues(const RowValue& array, ContainsKind kind, const Literal::List& values) {
  if (std::holds_alternative<std::monostate>(array)) return Truth::kUnknown;
  if (!IsArray(array)) return Truth::kFalse;
  const auto contains = [&](const Literal& wanted) {
    return AnyElement(array, [&](const RowValue& item) { return Equals(item, wanted); });
  };
  const bool all = kind == ContainsKind::kAll;
  return TruthOf(all ? std::all_of(values.begin(), values.end(), contains)
                     : std::any_of(values.begin(), values.end(), contains));
}

RowValue LengthOf(const RowValue& array) {
  if (const auto* stored = std::get_if<const Array*>(&array)) {
    return static_cast<int64_t>(ArrayLength(**stored));
  }
  if (!IsArray(array)) return std::monostate{};
  // Counted, because simdjson's size() saturates at 2^24 - 1.
  int64_t length = 0;
  const simdjson::dom::array items = std::get<element>(array).get_array().value_unsafe();
  for ([[maybe_unused]] const element item : items) ++length;
  return length;
}

}  // namespace vecgate::filter
