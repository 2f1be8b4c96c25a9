// Facts about a typed tree: which fields it reads, and what its parts cost.
#pragma once

#include <vector>

#include "filter/typed_tree.h"

namespace vecgate::filter {

/// Positions of the fields that the condition reads, ascending.
std::vector<size_t> FieldsRead(const Node& node);

/// Orders the members of every `and` and `or` by what a row costs, cheapest first: the dear ones
/// are then asked only about rows that the cheap ones left undecided.
void SortByCost(Node& node);

}  // namespace vecgate::filter
