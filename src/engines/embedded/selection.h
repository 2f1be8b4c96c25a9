// Selection: which slots a read may see, as one bit a slot, and the fields of a slot.
//
// Thread safety: pure functions of an immutable state.
#pragma once

#include <vector>

#include "base/op_context.h"
#include "engine/requests.h"
#include "engines/embedded/read_state.h"
#include "filter/bitset.h"

namespace vecgate::embedded {

/// The visible slots of `state` that are in the partitions and match the filter.
Result<filter::Bitset> Select(const OpContext& context, const ReadState& state,
                              const RowSelection& selection);

/// Empty columns for these fields, and the fields of one slot added to them.
std::vector<Column> MakeColumns(const CollectionSchema& schema, const std::vector<size_t>& fields);
void AppendFields(const ReadState& state, index::Slot slot, const std::vector<size_t>& fields,
                  std::vector<Column>& columns);

/// The same question for one visible slot.
bool IsSelected(const ReadState& state, const RowSelection& selection, index::Slot slot);

}  // namespace vecgate::embedded
