#include "filter/scalar_typer.h"

#include <fmt/format.h>

#include <cmath>
#include <utility>

#include "filter/arithmetic.h"
#include "filter/names.h"
#include "filter/string_literal.h"

namespace vecgate::filter {
namespace {

Error Refused(std::string message) {
  return InvalidArgument(std::move(message), Subject::kExpression);
}

ScalarType TypeOf(const Literal& literal) {
  static constexpr ScalarType kTypes[] = {ScalarType::kBool, ScalarType::kInt, ScalarType::kDouble,
                                          ScalarType::kString, ScalarType::kArray};
  return kTypes[literal.value.index()];
}

Scalar ScalarOf(Literal literal) {
  Scalar out;
  out.type = TypeOf(literal);
  out.value = std::move(literal);
  return out;
}

bool IsNumeric(ScalarType type) {
  return type == ScalarType::kInt || type == ScalarType::kDouble || type == ScalarType::kJson;
}

bool IsArithmetic(Operator op) {
  return op == Operator::kAdd || op == Operator::kSubtract || op == Operator::kMultiply ||
         op == Operator::kDivide || op == Operator::kModulo;
}

Result<Scalar> Combine(Operator op, Scalar left, Scalar right) {
  const auto* left_literal = std::get_if<Literal>(&left.value);
  const auto* right_literal = std::get_if<Literal>(&right.value);
  if (left_literal != nullptr && right_literal != nullptr) {
    VG_ASSIGN_OR_RETURN(Literal folded, FoldBinary(op, *left_literal, *right_literal));
    return ScalarOf(std::move(folded));
  }
  if (op == Operator::kPower) return Refused("power can only apply on constants");
  if (!IsArithmetic(op)) {
    return Refused(fmt::format("'{}' is only supported between constants", OperatorText(op)));
  }
  if (!IsNumeric(left.type) || !IsNumeric(right.type)) {
    return Refused(
        fmt::format("'{}' can only be used between integer, floating or json numbers, "
                    "got {} and {}",
                    OperatorText(op), TypeNameOf(left), TypeNameOf(right)));
  }
  const bool real = left.type == ScalarType::kDouble || right.type == ScalarType::kDouble;
  if (op == Operator::kModulo && real) return Refused("modulo can only apply on integer types");
  const bool divides = op == Operator::kDivide || op == Operator::kModulo;
  if (divides && right_literal != nullptr &&
      (*right_literal == Literal{int64_t{0}} || *right_literal == Literal{0.0})) {
    return Refused(fmt::format("{} by zero", op == Operator::kDivide ? "division" : "modulo"));
  }
  const bool json = left.type == ScalarType::kJson || right.type == ScalarType::kJson;
  Scalar out;
  out.type = json ? ScalarType::kJson : (real ? ScalarType::kDouble : ScalarType::kInt);
  out.value = Arithmetic{.op = op,
                         .left = std::make_unique<Scalar>(std::move(left)),
                         .right = std::make_unique<Scalar>(std::move(right))};
  return out;
}

Result<Scalar> TypeUnary(const Ast& ast, const TypingScope& scope) {
  VG_ASSIGN_OR_RETURN(Scalar operand, TypeScalar(ast.children.front(), scope));
  if (const auto* literal = std::get_if<Literal>(&operand.value)) {
    VG_ASSIGN_OR_RETURN(Literal folded, FoldUnary(ast.op, *literal));
    return ScalarOf(std::move(folded));
  }
  if (ast.op == Operator::kBitNot) return Refused("'~' is only supported on constants");
  if (!IsNumeric(operand.type)) {
    return Refused(fmt::format("unary '{}' can not be applied to {}", OperatorText(ast.op),
                               TypeNameOf(operand)));
  }
  if (ast.op == Operator::kAdd) return operand;
  return Combine(Operator::kSubtract, ScalarOf(Literal{int64_t{0}}), std::move(operand));
}

bool IsArrayLength(const Ast& ast) {
  return ast.kind == AstKind::kCall && (ast.name == "array_length" || ast.name == "ARRAY_LENGTH");
}

Result<Scalar> TypeArrayLength(const Ast& ast, const TypingScope& scope) {
  if (ast.children.size() != 1 || ast.children.front().kind != AstKind::kColumn) {
    return Refused("array_length takes one argument, a json or array field");
  }
  const Ast& argument = ast.children.front();
  VG_ASSIGN_OR_RETURN(ColumnRef column, ResolveColumn(scope.schema, argument.name, argument.path));
  const ScalarType type = ScalarTypeOf(column);
  if (type != ScalarType::kArray && type != ScalarType::kJson) {
    return Refused(fmt::format(
        "array_length operation are only supported on json or array fields now, got: {}",
        DataTypeName(ValueTypeOf(column))));
  }
  return Scalar{.type = ScalarType::kInt, .value = ArrayLengthOf{std::move(column)}};
}

Result<Literal> TypeListLiteral(const Ast& ast, const TypingScope& scope) {
  if (ast.children.empty()) return ast.literal;
  Literal::List items;
  items.reserve(ast.children.size());
  for (const Ast& child : ast.children) {
    VG_ASSIGN_OR_RETURN(Literal item, TypeConstant(child, scope));
    items.push_back(std::move(item));
  }
  return Literal{std::move(items)};
}

size_t CountItems(const Literal& literal) {
  const auto* list = std::get_if<Literal::List>(&literal.value);
  if (list == nullptr) return 0;
  size_t count = list->size();
  for (const Literal& item : *list) count += CountItems(item);
  return count;
}

Result<Literal> TypeTemplate(const Ast& ast, const TypingScope& scope) {
  const auto found = scope.values.find(ast.name);
  if (found == scope.values.end()) {
    return Refused(fmt::format("the value of expression template variable name {{{}}} is not found",
                               ast.name));
  }
  if (CountItems(found->second) > scope.limits.max_list_items) {
    return Refused(
        fmt::format("the list of template variable {{{}}} is too long: at most {} items "
                    "are allowed",
                    ast.name, scope.limits.max_list_items));
  }
  return found->second;
}

}  // namespace

std::string TypeNameOf(const Scalar& scalar) {
  if (const auto* literal = std::get_if<Literal>(&scalar.value)) {
    return std::string(LiteralTypeName(*literal));
  }
  if (const auto* column = std::get_if<ColumnRef>(&scalar.value)) {
    return std::string(DataTypeName(ValueTypeOf(*column)));
  }
  switch (scalar.type) {
    case ScalarType::kInt: return "Int64";
    case ScalarType::kDouble: return "Double";
    default: return "JSON";
  }
}

Result<Scalar> TypeScalar(const Ast& ast, const TypingScope& scope) {
  switch (ast.kind) {
    case AstKind::kLiteral: return ScalarOf(ast.literal);
    case AstKind::kList: {
      VG_ASSIGN_OR_RETURN(Literal list, TypeListLiteral(ast, scope));
      return ScalarOf(std::move(list));
    }
    case AstKind::kTemplate: {
      VG_ASSIGN_OR_RETURN(Literal value, TypeTemplate(ast, scope));
      return ScalarOf(std::move(value));
    }
    case AstKind::kColumn: {
      VG_ASSIGN_OR_RETURN(ColumnRef column, ResolveColumn(scope.schema, ast.name, ast.path));
      const ScalarType type = ScalarTypeOf(column);
      return Scalar{.type = type, .value = std::move(column)};
    }
    case AstKind::kUnary: return TypeUnary(ast, scope);
    case AstKind::kArith: {
      VG_ASSIGN_OR_RETURN(Scalar left, TypeScalar(ast.children[0], scope));
      VG_ASSIGN_OR_RETURN(Scalar right, TypeScalar(ast.children[1], scope));
      return Combine(ast.op, std::move(left), std::move(right));
    }
    case AstKind::kCall:
      if (IsArrayLength(ast)) return TypeArrayLength(ast, scope);
      break;
    default: break;
  }
  return Refused("a condition stands where a value is expected (parentheses may be missing)");
}

Result<Literal> TypeConstant(const Ast& ast, const TypingScope& scope) {
  VG_ASSIGN_OR_RETURN(Scalar scalar, TypeScalar(ast, scope));
  if (auto* literal = std::get_if<Literal>(&scalar.value)) return std::move(*literal);
  return Refused("a constant is expected where the expression reads a field");
}

Result<Literal::List> TypeList(const Ast& ast, const TypingScope& scope) {
  VG_ASSIGN_OR_RETURN(Literal literal, TypeConstant(ast, scope));
  if (auto* list = std::get_if<Literal::List>(&literal.value)) return std::move(*list);
  return Refused(fmt::format("a list is expected, {} found", ToText(literal)));
}

Result<Literal> CastTo(DataType type, Literal literal) {
  const ScalarType found = TypeOf(literal);
  const bool number = found == ScalarType::kInt || found == ScalarType::kDouble;
  bool fits = true;
  if (type == DataType::kBool) {
    fits = found == ScalarType::kBool;
  } else if (type == DataType::kVarChar) {
    fits = found == ScalarType::kString;
  } else if (IsInteger(type)) {
    fits = found == ScalarType::kInt;
  } else if (type == DataType::kFloat || type == DataType::kDouble) {
    fits = number;
  }
  if (!fits) {
    return Refused(
        fmt::format("value '{}' cannot be casted to {}", ToText(literal), DataTypeName(type)));
  }
  // Stored floats were rounded when they were written; `f == 0.1` means the rounded one, too.
  if (type == DataType::kFloat && found == ScalarType::kDouble) {
    const auto rounded = static_cast<double>(static_cast<float>(std::get<double>(literal.value)));
    if (std::isfinite(rounded)) literal.value = rounded;
  }
  return literal;
}

}  // namespace vecgate::filter
