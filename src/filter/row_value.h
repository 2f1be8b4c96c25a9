// RowValue: what an expression finds in one row, and how such values compare.
//
// Thread safety: values that borrow. Texts and arrays are borrowed from the column; JSON places
// from a parser of the calling thread, until its next ReadColumn.
#pragma once

#include <simdjson.h>

#include <span>
#include <string_view>
#include <variant>

#include "filter/typed_tree.h"
#include "model/column.h"

namespace vecgate::filter {

enum class Truth : uint8_t { kFalse, kTrue, kUnknown };

inline Truth TruthOf(bool value) { return value ? Truth::kTrue : Truth::kFalse; }

/// monostate: null, missing key, no such element. JSON scalars come as the plain types; objects
/// and arrays of JSON as an element.
using RowValue = std::variant<std::monostate, bool, int64_t, double, std::string_view, const Array*,
                              simdjson::dom::element>;

using Columns = std::span<const Column* const>;

RowValue ReadColumn(const ColumnRef& column, Columns columns, size_t row);

/// The literal as a value. REQUIRES: it is no list.
RowValue ValueOf(const Literal& literal);

/// Unknown when a side is; values of different kinds are unequal and not ordered.
Truth CompareValues(const RowValue& a, Operator op, const RowValue& b);
/// == and != alone when the literal is a list.
Truth CompareWithLiteral(const RowValue& a, Operator op, const Literal& b);

Truth IsIn(const RowValue& value, const ItemSet& items);
Truth ContainsValues(const RowValue& array, ContainsKind kind, const Literal::List& values);
/// The number of elements, or monostate for what is no array.
RowValue LengthOf(const RowValue& array);

}  // namespace vecgate::filter
