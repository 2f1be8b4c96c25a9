// Typer: a parsed tree into a typed tree, against one schema.
#pragma once

#include "base/result.h"
#include "filter/ast.h"
#include "filter/scalar_typer.h"
#include "filter/typed_tree.h"

namespace vecgate::filter {

/// The condition that this tree is. kInvalidArgument says what does not fit, in Milvus' words;
/// kUnimplemented for text_match and phrase_match.
Result<Node> TypeCondition(const Ast& ast, const TypingScope& scope);

}  // namespace vecgate::filter
