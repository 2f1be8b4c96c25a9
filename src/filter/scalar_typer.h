// Types of values in expressions: columns, constants, arithmetic.
#pragma once

#include <string>

#include "base/result.h"
#include "filter/filter.h"
#include "filter/typed_tree.h"

namespace vecgate::filter {

/// What names and parameters in the text stand for. Borrowed.
struct TypingScope {
  const CollectionSchema& schema;
  const TemplateValues& values;
  const CompileLimits& limits;
};

/// The value that this tree yields. Trees without columns become one Literal. kInvalidArgument
/// when it is a condition and not a value, or when its types do not fit.
Result<Scalar> TypeScalar(const Ast& ast, const TypingScope& scope);

/// The constant that this tree is; kInvalidArgument when it reads a column.
Result<Literal> TypeConstant(const Ast& ast, const TypingScope& scope);

/// TypeConstant, and it must be a list. Shares nothing with the tree.
Result<Literal::List> TypeList(const Ast& ast, const TypingScope& scope);

/// "VarChar", "Int64", "Array", "JSON", …, for messages.
std::string TypeNameOf(const Scalar& scalar);

/// `literal` as values of `type` are stored, for comparing with them: a double for FLOAT is rounded
/// to float, an integer for FLOAT or DOUBLE stays exact. kInvalidArgument ("value '…' cannot be
/// casted to …") when the types do not fit. `type` is that of a scalar or an array element.
Result<Literal> CastTo(DataType type, Literal literal);

}  // namespace vecgate::filter
