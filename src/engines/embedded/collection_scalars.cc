// The indexes of scalar fields: which there are, and how their parts come to be.
#include <algorithm>
#include <limits>
#include <mutex>

#include "engines/embedded/collection.h"
#include "engines/embedded/write_op.h"

namespace vecgate::embedded {
namespace {

/// Parts that are published together: each is sorted in about a millisecond, and publishing waits
/// for its turn among the writes.
constexpr size_t kPartsAtOnce = 32;

}  // namespace

std::shared_ptr<const std::vector<IndexSpec>> Collection::ScalarSpecs() const {
  auto specs = std::make_shared<std::vector<IndexSpec>>();
  for (const IndexSpec& spec : index_specs_) {
    if (IsScalarField(spec.field)) specs->push_back(spec);
  }
  return specs;
}

std::vector<size_t> Collection::IndexedScalars(const ReadState& state) const {
  std::vector<size_t> fields;
  for (const IndexSpec& spec : *state.scalar_indexes) fields.push_back(spec.field);
  const std::optional<size_t> tenant = spec_.schema.PartitionKeyIndex();
  if (tenant && std::find(fields.begin(), fields.end(), *tenant) == fields.end()) {
    fields.push_back(*tenant);
  }
  return fields;
}

std::vector<ScalarIndexPart> Collection::MissingParts(const ReadState& state, size_t most) const {
  const std::vector<size_t> fields = IndexedScalars(state);
  return state.scalars.MissingParts(fields, environment_.scan_chunks_below_rows, most);
}

Result<bool> Collection::IndexSomeScalars() {
  const std::unique_lock lock(indexing_scalars_, std::try_to_lock);
  if (!lock.owns_lock()) return false;
  std::vector<ScalarIndexPart> parts = MissingParts(*Current(), kPartsAtOnce);
  if (parts.empty()) return false;
  for (ScalarIndexPart& part : parts) {
    if (environment_.stopping) return false;
    part.index = std::make_shared<filter::ColumnIndex>(part.chunk->columns[part.field]);
  }
  WriteOp attach;
  attach.alone = true;
  attach.exclusive = [&]() -> Status {
    auto next = std::make_shared<ReadState>(*Current());
    // An index that was dropped meanwhile stays dropped.
    const std::vector<size_t> fields = IndexedScalars(*next);
    std::erase_if(parts, [&](const ScalarIndexPart& part) {
      return std::find(fields.begin(), fields.end(), part.field) == fields.end();
    });
    const size_t before = next->scalars.IndexBytes();
    next->scalars = next->scalars.WithParts(parts);
    const size_t added = next->scalars.IndexBytes() - before;
    charged_bytes_ += added;
    environment_.memory.Recount(0, added);
    published_.Lock()->state = std::move(next);
    return Ok();
  };
  VG_RETURN_IF_ERROR(Submit(attach));
  return true;
}

void Collection::IndexAllScalars(ReadState& state) const {
  std::vector<ScalarIndexPart> parts = MissingParts(state, std::numeric_limits<size_t>::max());
  for (ScalarIndexPart& part : parts) {
    if (environment_.stopping) return;
    part.index = std::make_shared<filter::ColumnIndex>(part.chunk->columns[part.field]);
  }
  state.scalars = state.scalars.WithParts(parts);
}

std::map<size_t, uint64_t> Collection::PendingScalars(const ReadState& state) const {
  std::map<size_t, uint64_t> pending;
  for (const ScalarIndexPart& part : MissingParts(state, std::numeric_limits<size_t>::max())) {
    for (size_t row = 0; row < part.chunk->rows(); ++row) {
      if (state.IsVisible(static_cast<index::Slot>(part.chunk->begin + row))) ++pending[part.field];
    }
  }
  return pending;
}

}  // namespace vecgate::embedded
