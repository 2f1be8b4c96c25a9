// Saving and loading of a GraphIndex; the format is docs/formats/hnsw-snapshot.md.
#include <algorithm>

#include "base/bytes.h"
#include "index/graph_index.h"
#include "index/section_rows.h"

namespace vecgate::index {
namespace {

constexpr char kKind[] = "VGHNSW0\n";

Result<AnnIndex::Loaded> Within(const std::string& path, const Error& error) {
  return DataLoss(path + ": " + error.message, Subject::kStorage);
}

struct SavedPlan {
  WalkPlan plan;
  uint64_t measure_at = 0;
};

Result<SavedPlan> ReadPlan(ByteReader& meta, bool has_coarse) {
  constexpr float kMost = 1024;
  SavedPlan read;
  VG_ASSIGN_OR_RETURN(read.plan.widening, meta.Get<float>());
  VG_ASSIGN_OR_RETURN(read.plan.scan_factor, meta.Get<uint16_t>());
  VG_ASSIGN_OR_RETURN(read.plan.ef_per_entry, meta.Get<uint16_t>());
  VG_ASSIGN_OR_RETURN(read.measure_at, meta.Get<uint64_t>());
  for (const float factor : {read.plan.widening, static_cast<float>(read.plan.scan_factor)}) {
    const bool sound = factor == 0 || (has_coarse && factor >= 1 && factor <= kMost);
    if (!sound)
      return DataLoss("its plan keeps " + std::to_string(factor) + " times the candidates");
  }
  return read;
}

}  // namespace

Status GraphIndex::Save(const std::string& path, size_t slots, const std::string& tag) const {
  ByteWriter meta;
  std::vector<SectionSource> sections;
  meta.PutString(tag);
  graph_.Describe(slots, meta, sections);
  meta.Put(plan().widening);
  meta.Put(plan().scan_factor);
  meta.Put(plan().ef_per_entry);
  meta.Put(static_cast<uint64_t>(measure_at_.load(std::memory_order_relaxed)));
  std::vector<std::string> learnt;
  learnt.reserve(Spaces().size());
  for (const CodeSpace* space : Spaces()) {
    learnt.push_back(space->Learnt());
    sections.push_back({{std::string_view(learnt.back())}, 0});
    const SegmentedArray<char>* codes = space->codes();
    sections.push_back(codes != nullptr ? SectionOf(*codes, slots) : SectionSource{});
  }
  return WriteSectionFile(path, kKind, kSnapshotVersion, meta.bytes(), sections);
}

Status GraphIndex::MoveToFile(const std::string& path, size_t slots) {
  SegmentedArray<char>* const codes = codes_.fine->codes();
  if (!codes_.fine_in_file || codes == nullptr) return Ok();
  VG_ASSIGN_OR_RETURN(const std::vector<uint64_t> offsets,
                      SectionOffsets(path, kKind, kSnapshotVersion));
  // The fine codes are the last of Spaces(), and rows follow what was learnt.
  const size_t section = HnswGraph::kSections + 2 * (Spaces().size() - 1) + 1;
  VG_RETURN_IF_ERROR(codes->MoveToFile(path, offsets.at(section), slots));
  fine_slots_in_file_ = slots / kRowsPerSegment * kRowsPerSegment;
  return Ok();
}

Result<AnnIndex::Loaded> GraphIndex::Load(const std::string& path) {
  VG_ASSIGN_OR_RETURN(const SectionFile file, OpenSectionFile(path, kKind, kSnapshotVersion));
  ByteReader meta(file.meta);
  const auto tag = meta.GetString();
  if (!tag.ok()) return Within(path, tag.error());
  const auto slots = graph_.Adopt(meta, file);
  if (!slots.ok()) return Within(path, slots.error());
  const auto plan = ReadPlan(meta, codes_.coarse != nullptr);
  if (!plan.ok()) return Within(path, plan.error());
  plan_ = plan->plan;
  measure_at_ = plan->measure_at;
  size_t section = HnswGraph::kSections;
  for (CodeSpace* space : Spaces()) {
    if (section + 2 > file.sections.size()) return Within(path, DataLoss("it lacks codes"));
    const Section& learnt = file.sections[section];
    const Status taken = space->SetLearnt({learnt.data, learnt.used_bytes});
    if (!taken.ok()) return Within(path, taken.error());
    if (SegmentedArray<char>* codes = space->codes(); codes != nullptr) {
      const bool from_file = codes_.fine_in_file && space == codes_.fine.get();
      const Status adopted = from_file ? AdoptSection(file, section + 1, *slots, *codes)
                                       : CopySection(file, section + 1, *slots, *codes);
      if (!adopted.ok()) return Within(path, adopted.error());
      if (from_file) fine_slots_in_file_ = *slots;
    }
    section += 2;
  }
  SampleNodes(*slots);
  return Loaded{*slots, std::string(*tag)};
}

}  // namespace vecgate::index
