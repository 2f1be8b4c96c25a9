#include "engines/embedded/read_state.h"

#include "engines/embedded/stored_vectors.h"

namespace vecgate::embedded {

Slots::Slots(const CollectionSchema& schema) {
  for (const FieldSchema& field : schema.fields) {
    arenas.push_back(IsVector(field.type)
                         ? std::make_unique<index::VectorArena>(WordsPerRow(field), WordsOf(field))
                         : nullptr);
  }
}

Status Slots::Reserve(size_t slots) {
  VG_RETURN_IF_ERROR(died.Reserve(slots));
  VG_RETURN_IF_ERROR(block_has_dead.Reserve(slots / kSlotsPerBlock + 1));
  for (const auto& arena : arenas) {
    if (arena != nullptr) VG_RETURN_IF_ERROR(arena->Reserve(slots));
  }
  return Ok();
}

}  // namespace vecgate::embedded
