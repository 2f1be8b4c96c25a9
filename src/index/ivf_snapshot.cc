// Saving and loading of an IvfIndex; the format is docs/formats/ivf-snapshot.md.
#include <algorithm>
#include <cmath>

#include "base/bytes.h"
#include "index/ivf_index.h"
#include "index/section_rows.h"

namespace vecgate::index {
namespace {

constexpr char kKind[] = "VGIVF00\n";
constexpr uint32_t kVersion = 1;
constexpr size_t kSections = 5;

struct Meta {
  std::string tag;
  std::string parameters;
  uint64_t slots = 0;
  uint64_t lists = 0;
};

// What an index must have been made with to read what another wrote.
std::string ParametersOf(const IvfOptions& options, const VectorSpace& space) {
  ByteWriter out;
  out.Put(static_cast<uint32_t>(space.metric()));
  out.Put(static_cast<uint64_t>(space.dim()));
  out.Put(static_cast<uint64_t>(options.nlist));
  out.Put(static_cast<uint32_t>(options.codes));
  const bool product = options.codes == IvfCodes::kProduct;
  out.Put(static_cast<uint64_t>(product ? options.product.m : 0));
  out.Put(static_cast<uint64_t>(product ? options.product.nbits : 0));
  out.Put(options.seed);
  return out.Take();
}

Result<Meta> ReadMeta(std::string_view bytes) {
  ByteReader reader(bytes);
  Meta meta;
  VG_ASSIGN_OR_RETURN(const std::string_view tag, reader.GetString());
  VG_ASSIGN_OR_RETURN(const std::string_view parameters, reader.GetString());
  VG_ASSIGN_OR_RETURN(meta.slots, reader.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(meta.lists, reader.Get<uint64_t>());
  meta.tag = tag;
  meta.parameters = parameters;
  return meta;
}

// The members of every list below `slots`, list after list.
struct Members {
  std::vector<uint32_t> sizes;
  std::vector<Slot> slots;
};

Members MembersOf(const InvertedLists& lists, size_t slots) {
  Members members;
  for (size_t list = 0; list < lists.count(); ++list) {
    const size_t before = members.slots.size();
    InvertedLists::Runs runs = lists.List(list);
    for (auto run = runs.Next(); !run.slots.empty(); run = runs.Next()) {
      std::copy_if(run.slots.begin(), run.slots.end(), std::back_inserter(members.slots),
                   [&](Slot slot) { return slot < slots; });
    }
    members.sizes.push_back(static_cast<uint32_t>(members.slots.size() - before));
  }
  return members;
}

template <typename T>
std::string_view BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

// A section as values; sections begin on a page. kDataLoss when its bytes are no whole number.
template <typename T>
Result<std::span<const T>> ValuesOf(const SectionFile& file, size_t index) {
  const Section& section = file.sections[index];
  if (section.used_bytes % sizeof(T) != 0) {
    return DataLoss("section " + std::to_string(index) + " ends inside a value");
  }
  return std::span(reinterpret_cast<const T*>(section.data), section.used_bytes / sizeof(T));
}

// A checksum proves that the bytes are those which were written, not that the writer was sound; a
// slot outside the arena would end the process at some later search.
Status CheckMembers(std::span<const uint32_t> sizes, std::span<const Slot> members, size_t slots) {
  uint64_t sum = 0;
  for (const uint32_t size : sizes) sum += size;
  if (sum != members.size()) {
    return DataLoss("its lists hold " + std::to_string(sum) + " slots, " +
                    std::to_string(members.size()) + " are there");
  }
  std::vector<bool> seen(slots, false);
  for (const Slot slot : members) {
    if (slot >= slots || seen[slot]) {
      return DataLoss("slot " + std::to_string(slot) + " is outside or in two lists");
    }
    seen[slot] = true;
  }
  return Ok();
}

Error Within(const std::string& path, const Error& error) {
  return DataLoss(path + ": " + error.message, Subject::kStorage);
}

}  // namespace

Status IvfIndex::Save(const std::string& path, size_t slots, const std::string& tag) const {
  if (lists_ == nullptr) {
    return FailedPrecondition("an inverted file that was not trained has nothing to save",
                              Subject::kIndex);
  }
  ByteWriter meta;
  meta.PutString(tag);
  meta.PutString(ParametersOf(options_, space_));
  meta.Put(static_cast<uint64_t>(slots));
  meta.Put(static_cast<uint64_t>(lists()));
  std::vector<float> centroids(lists() * space_.dim());
  for (size_t i = 0; i < lists(); ++i) coarse_.CopyRow(i, &centroids[i * space_.dim()]);
  const Members members = MembersOf(*lists_, slots);
  const std::string learnt = codes_->Learnt();
  const SegmentedArray<char>* codes = codes_->codes();
  const SectionSource sections[kSections] = {
      {{BytesOf(centroids)}, 0},
      {{BytesOf(members.sizes)}, 0},
      {{BytesOf(members.slots)}, 0},
      {{std::string_view(learnt)}, 0},
      codes != nullptr ? SectionOf(*codes, slots) : SectionSource{}};
  return WriteSectionFile(path, kKind, kVersion, meta.bytes(), sections);
}

Result<AnnIndex::Loaded> IvfIndex::Load(const std::string& path) {
  VG_ASSIGN_OR_RETURN(const SectionFile file, OpenSectionFile(path, kKind, kVersion));
  auto meta = ReadMeta(file.meta);
  if (!meta.ok()) return Within(path, meta.error());
  if (const Status taken = TakeUp(file, meta->parameters, meta->slots, meta->lists); !taken.ok()) {
    return Within(path, taken.error());
  }
  return Loaded{meta->slots, std::move(meta->tag)};
}

Status IvfIndex::TakeUp(const SectionFile& file, std::string_view parameters, size_t slots,
                        size_t list_count) {
  if (parameters != ParametersOf(options_, space_)) {
    return DataLoss("it was built with other parameters than the index has");
  }
  if (file.sections.size() != kSections || slots > kMostRows) {
    return DataLoss("it has " + std::to_string(file.sections.size()) + " sections for " +
                    std::to_string(slots) + " slots");
  }
  VG_ASSIGN_OR_RETURN(const auto centroids, ValuesOf<float>(file, 0));
  VG_ASSIGN_OR_RETURN(const auto sizes, ValuesOf<uint32_t>(file, 1));
  VG_ASSIGN_OR_RETURN(const auto members, ValuesOf<Slot>(file, 2));
  if (list_count == 0 || list_count > options_.nlist || sizes.size() != list_count ||
      centroids.size() != list_count * space_.dim() ||
      !std::all_of(centroids.begin(), centroids.end(), [](float x) { return std::isfinite(x); })) {
    return DataLoss("its centroids are not those of " + std::to_string(list_count) + " lists");
  }
  VG_RETURN_IF_ERROR(CheckMembers(sizes, members, slots));
  VG_RETURN_IF_ERROR(
      codes_->SetLearnt({file.sections[3].data, static_cast<size_t>(file.sections[3].used_bytes)}));
  if (SegmentedArray<char>* codes = codes_->codes(); codes != nullptr) {
    VG_RETURN_IF_ERROR(CopySection(file, 4, slots, *codes));
  }
  SetCentroids(centroids.data(), list_count);
  for (size_t list = 0, at = 0; list < list_count; ++list) {
    for (size_t i = 0; i < sizes[list]; ++i) Append(list, members[at++]);
  }
  size_.store(members.size(), std::memory_order_release);
  return Ok();
}

}  // namespace vecgate::index
