// The tree of an expression as it was written, before names and types are known.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "filter/literal.h"

namespace vecgate::filter {

/// One subscript: a JSON key, or the position in an array.
using PathStep = std::variant<std::string, size_t>;

enum class Operator : uint8_t {
  kNone,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kPower,
  kShiftLeft,
  kShiftRight,
  kBitAnd,
  kBitOr,
  kBitXor,
  kBitNot,
  kEqual,
  kNotEqual,
  kLess,
  kLessEqual,
  kGreater,
  kGreaterEqual,
};

/// "+", "<=", …; "" for kNone.
std::string_view OperatorText(Operator op);

enum class AstKind : uint8_t {
  kLiteral,   ///< literal
  kColumn,    ///< name, path
  kTemplate,  ///< name
  kList,      ///< literal (a List) when `children` is empty, else the children
  kUnary,     ///< op (+ - ~), children[0]
  kArith,     ///< op, two children
  kCompare,   ///< op, two children
  kRange,     ///< op, op2 and three children: a op b op2 c
  kAnd,       ///< two or more children
  kOr,        ///< two or more children
  kNot,       ///< one child
  kIn,        ///< children: value, list; negated
  kLike,      ///< children: value, pattern
  kIsNull,    ///< one child (a column); negated
  kExists,    ///< one child
  kCall,      ///< name, children
};

struct Ast {
  AstKind kind = AstKind::kLiteral;
  Operator op = Operator::kNone;
  Operator op2 = Operator::kNone;
  bool negated = false;
  /// 1 for leaves. The parser bounds it, so that walks of the tree may recurse.
  uint32_t depth = 1;
  std::string name{};
  std::vector<PathStep> path{};
  Literal literal{false};
  std::vector<Ast> children{};
};

}  // namespace vecgate::filter
