#include "filter/arithmetic.h"

#include <fmt/format.h>

namespace vecgate::filter {
namespace {

Error Refused(Operator op, std::string_view why, const Literal& a, const Literal& b) {
  return InvalidArgument(fmt::format("'{}' {}: {} {} {}", OperatorText(op), why, ToText(a),
                                     OperatorText(op), ToText(b)),
                         Subject::kExpression);
}

bool IsBitOperator(Operator op) {
  return op == Operator::kShiftLeft || op == Operator::kShiftRight || op == Operator::kBitAnd ||
         op == Operator::kBitOr || op == Operator::kBitXor;
}

std::optional<int64_t> ComputeBits(Operator op, int64_t a, int64_t b) {
  const auto x = static_cast<uint64_t>(a);
  const auto y = static_cast<uint64_t>(b);
  if ((op == Operator::kShiftLeft || op == Operator::kShiftRight) && y >= 64) return std::nullopt;
  switch (op) {
    case Operator::kShiftLeft: return static_cast<int64_t>(x << y);
    case Operator::kShiftRight: return a >> b;
    case Operator::kBitAnd: return static_cast<int64_t>(x & y);
    case Operator::kBitOr: return static_cast<int64_t>(x | y);
    case Operator::kBitXor: return static_cast<int64_t>(x ^ y);
    default: return std::nullopt;
  }
}

std::optional<double> AsDouble(const Literal& literal) {
  if (const auto* number = std::get_if<int64_t>(&literal.value)) {
    return static_cast<double>(*number);
  }
  if (const auto* real = std::get_if<double>(&literal.value)) return *real;
  return std::nullopt;
}

// An integer when the power is one that fits, else a double.
Literal FoldPower(int64_t base, int64_t exponent) {
  const double approximate = std::pow(static_cast<double>(base), static_cast<double>(exponent));
  if (exponent < 0 || exponent > 64 * 64) return Literal{approximate};
  int64_t out = 1;
  for (int64_t i = 0; i < exponent; ++i) {
    if (__builtin_mul_overflow(out, base, &out)) return Literal{approximate};
  }
  return Literal{out};
}

Result<Literal> FoldIntegers(Operator op, const Literal& a, const Literal& b) {
  const int64_t x = std::get<int64_t>(a.value);
  const int64_t y = std::get<int64_t>(b.value);
  if (op == Operator::kPower) return FoldPower(x, y);
  if (y == 0 && (op == Operator::kDivide || op == Operator::kModulo)) {
    return Refused(op, "divides by zero", a, b);
  }
  const std::optional<int64_t> out = IsBitOperator(op) ? ComputeBits(op, x, y) : Compute(op, x, y);
  if (!out) return Refused(op, "leaves the range of Int64", a, b);
  return Literal{*out};
}

}  // namespace

std::optional<int64_t> Compute(Operator op, int64_t a, int64_t b) {
  int64_t out = 0;
  switch (op) {
    case Operator::kAdd:
      return __builtin_add_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Operator::kSubtract:
      return __builtin_sub_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Operator::kMultiply:
      return __builtin_mul_overflow(a, b, &out) ? std::nullopt : std::optional(out);
    case Operator::kDivide:
      if (b == 0) return std::nullopt;
      // The one quotient that does not fit: -2^63 / -1.
      if (b == -1) return Compute(Operator::kSubtract, int64_t{0}, a);
      return a / b;
    case Operator::kModulo:
      if (b == 0) return std::nullopt;
      return b == -1 ? 0 : a % b;
    default: return std::nullopt;
  }
}

std::optional<double> Compute(Operator op, double a, double b) {
  switch (op) {
    case Operator::kAdd: return a + b;
    case Operator::kSubtract: return a - b;
    case Operator::kMultiply: return a * b;
    case Operator::kDivide:
      if (b == 0) return std::nullopt;
      return a / b;
    default: return std::nullopt;
  }
}

Result<Literal> FoldBinary(Operator op, const Literal& a, const Literal& b) {
  const bool integers =
      std::holds_alternative<int64_t>(a.value) && std::holds_alternative<int64_t>(b.value);
  if (integers) return FoldIntegers(op, a, b);
  const std::optional<double> x = AsDouble(a);
  const std::optional<double> y = AsDouble(b);
  if (!x || !y) return Refused(op, "can only be used between numbers", a, b);
  if (op == Operator::kModulo || IsBitOperator(op)) {
    return Refused(op, "can only be used between integers", a, b);
  }
  if (op == Operator::kPower) return Literal{std::pow(*x, *y)};
  const std::optional<double> out = Compute(op, *x, *y);
  if (!out) return Refused(op, "divides by zero", a, b);
  return Literal{*out};
}

Result<Literal> FoldUnary(Operator op, const Literal& a) {
  if (const auto* number = std::get_if<int64_t>(&a.value)) {
    if (op == Operator::kBitNot) return Literal{~*number};
    if (op == Operator::kAdd) return a;
    return FoldBinary(Operator::kSubtract, Literal{int64_t{0}}, a);
  }
  const auto* real = std::get_if<double>(&a.value);
  if (real != nullptr && op == Operator::kAdd) return a;
  if (real != nullptr && op == Operator::kSubtract) return Literal{-*real};
  return InvalidArgument(
      fmt::format("unary '{}' can not be applied to {}", OperatorText(op), ToText(a)),
      Subject::kExpression);
}

}  // namespace vecgate::filter
