#include "index/vector_arena.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "base/bytes.h"
#include "index/section_rows.h"

namespace vecgate::index {
namespace {

constexpr char kKind[] = "VGVECTOR";
constexpr uint32_t kVersion = 1;

}  // namespace

Status VectorArena::Reserve(size_t slots) {
  VG_RETURN_IF_ERROR(rows_.Reserve(slots));
  return words_ == Words::kBits ? Ok() : inverse_norms_.Reserve(slots);
}

void VectorArena::Set(Slot slot, const float* vector) {
  std::memcpy(rows_.Row(slot), vector, dim_ * sizeof(float));
  if (words_ == Words::kBits) return;
  // In double: the square of a large float32 does not fit float32.
  double squares = 0;
  for (size_t i = 0; i < dim_; ++i) squares += static_cast<double>(vector[i]) * vector[i];
  *inverse_norms_.Row(slot) = squares > 0 ? static_cast<float>(1.0 / std::sqrt(squares)) : 0.0F;
}

Status VectorArena::Save(const std::string& path, size_t slots, const std::string& tag) const {
  ByteWriter meta;
  meta.Put(static_cast<uint64_t>(dim_));
  meta.Put(static_cast<uint64_t>(slots));
  meta.PutString(tag);
  std::vector<SectionSource> sections = {SectionOf(rows_, slots)};
  if (words_ == Words::kNumbers) sections.push_back(SectionOf(inverse_norms_, slots));
  return WriteSectionFile(path, kKind, kVersion, meta.bytes(), sections);
}

Status VectorArena::MoveToFile(const std::string& path, size_t slots) {
  VG_ASSIGN_OR_RETURN(const std::vector<uint64_t> offsets, SectionOffsets(path, kKind, kVersion));
  VG_RETURN_IF_ERROR(rows_.MoveToFile(path, offsets.at(0), slots));
  slots_in_file_ = slots / kRowsPerSegment * kRowsPerSegment;
  return Ok();
}

Result<VectorArena::Opened> VectorArena::Open(const std::string& path, size_t dim, Words words) {
  VG_ASSIGN_OR_RETURN(const SectionFile file, OpenSectionFile(path, kKind, kVersion));
  ByteReader meta(file.meta);
  VG_ASSIGN_OR_RETURN(const uint64_t found_dim, meta.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(const uint64_t slots, meta.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(const std::string_view tag, meta.GetString());
  auto arena = std::make_unique<VectorArena>(dim, words);
  const uint64_t segments = WholeSegments(slots);
  const bool numbers = words == Words::kNumbers;
  if (found_dim != dim || slots > kMostRows || file.sections.size() != (numbers ? 2 : 1) ||
      file.sections[0].padded_bytes != segments * arena->rows_.segment_bytes() ||
      (numbers &&
       file.sections[1].padded_bytes != segments * arena->inverse_norms_.segment_bytes())) {
    return DataLoss(path + ": its sizes do not fit " + std::to_string(slots) + " vectors of " +
                        std::to_string(dim) + (numbers ? " dimensions" : " words of bits"),
                    Subject::kStorage);
  }
  VG_RETURN_IF_ERROR(arena->rows_.Adopt(file.memory, file.sections[0].data, segments));
  if (numbers) {
    VG_RETURN_IF_ERROR(arena->inverse_norms_.Adopt(file.memory, file.sections[1].data, segments));
  }
  arena->slots_in_file_ = slots;
  return Opened{std::move(arena), slots, std::string(tag)};
}

}  // namespace vecgate::index
