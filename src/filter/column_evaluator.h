// The truth of a condition for a block of rows, leaf by leaf over whole columns.
#pragma once

#include "filter/column_scan.h"
#include "filter/typed_tree.h"

namespace vecgate::filter {

/// Truth of the candidate rows; rows that are no candidates are in neither set. Later members of
/// `and` and `or` are asked only about rows that earlier ones left undecided.
TruthBits EvaluateBlock(const Node& node, const Block& block);

}  // namespace vecgate::filter
