// The truth of a condition for one row: the plain, complete evaluator.
#pragma once

#include "filter/row_value.h"
#include "filter/typed_tree.h"

namespace vecgate::filter {

Truth EvaluateRow(const Node& node, Columns columns, size_t row);

}  // namespace vecgate::filter
