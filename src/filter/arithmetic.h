// Numbers: exact comparison of int64 with double, and arithmetic that knows its limits.
#pragma once

#include <cmath>
#include <compare>
#include <cstdint>
#include <optional>

#include "base/result.h"
#include "filter/ast.h"
#include "filter/literal.h"

namespace vecgate::filter {

/// Compares without rounding: 2^53 + 1 is larger than 2^53 as a double.
inline std::partial_ordering CompareNumbers(int64_t a, double b) {
  if (std::isnan(b)) return std::partial_ordering::unordered;
  if (b >= 0x1p63) return std::partial_ordering::less;
  if (b < -0x1p63) return std::partial_ordering::greater;
  const double whole = std::trunc(b);
  const auto integer = static_cast<int64_t>(whole);
  if (a != integer) return a <=> integer;
  return 0.0 <=> (b - whole);
}

/// The int64 that equals `value`, if there is one.
inline std::optional<int64_t> WholeNumber(double value) {
  if (!(value >= -0x1p63 && value < 0x1p63) || value != std::trunc(value)) return std::nullopt;
  return static_cast<int64_t>(value);
}

/// True when `ordering` satisfies a comparison operator. Unordered satisfies != alone.
inline bool Satisfies(std::partial_ordering ordering, Operator op) {
  switch (op) {
    case Operator::kEqual: return ordering == 0;
    case Operator::kNotEqual: return ordering != 0;
    case Operator::kLess: return ordering < 0;
    case Operator::kLessEqual: return ordering <= 0;
    case Operator::kGreater: return ordering > 0;
    case Operator::kGreaterEqual: return ordering >= 0;
    default: return false;
  }
}

/// + - * / % on int64; nothing on overflow and on division by zero.
std::optional<int64_t> Compute(Operator op, int64_t a, int64_t b);
/// + - * / on double; nothing on division by zero and for %.
std::optional<double> Compute(Operator op, double a, double b);

/// Folds `a op b` for every arithmetic and bit operator. Errors name the operands.
Result<Literal> FoldBinary(Operator op, const Literal& a, const Literal& b);
/// Folds `op a` for + - ~.
Result<Literal> FoldUnary(Operator op, const Literal& a);

}  // namespace vecgate::filter
