// The truth of a condition for a block of rows, leaf by leaf over whole columns.
#pragma once

#include "filter/column_scan.h"
#include "filter/typed_tree.h"

namespace vecgate::filter {

/// The candidate rows for which the condition is `wanted`, true or false; rows for which it is
/// unknown are in neither set. An `or` is false where all members are, so `not` never needs both
/// sets. Later members of `and` and `or` are asked only about rows that earlier ones left open.
Bitset EvaluateBlock(const Node& node, const Block& block, Truth wanted);

}  // namespace vecgate::filter
