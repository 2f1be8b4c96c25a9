// Saving and reopening of an HnswGraph; the format is docs/formats/hnsw-snapshot.md.
#include <algorithm>

#include "base/bytes.h"
#include "index/hnsw_graph.h"
#include "index/section_rows.h"

namespace vecgate::index {
namespace {

struct Meta {
  uint64_t slots = 0;
  uint64_t nodes = 0;
  uint64_t upper_rows = 0;
  uint64_t entry = 0;
};

Result<Meta> ReadMeta(ByteReader& reader, const HnswOptions& options) {
  VG_ASSIGN_OR_RETURN(const uint32_t m, reader.Get<uint32_t>());
  VG_ASSIGN_OR_RETURN(const uint32_t ef_construction, reader.Get<uint32_t>());
  VG_ASSIGN_OR_RETURN(const uint64_t seed, reader.Get<uint64_t>());
  if (m != options.m || ef_construction != options.ef_construction || seed != options.seed) {
    return DataLoss("it was built with M " + std::to_string(m) + " and efConstruction " +
                    std::to_string(ef_construction) + ", the index wants " +
                    std::to_string(options.m) + " and " + std::to_string(options.ef_construction));
  }
  Meta meta;
  VG_ASSIGN_OR_RETURN(meta.slots, reader.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(meta.nodes, reader.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(meta.upper_rows, reader.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(meta.entry, reader.Get<uint64_t>());
  if (meta.slots > kMostRows || meta.upper_rows > kMostRows) {
    return DataLoss("it names " + std::to_string(meta.slots) + " slots, " +
                    std::to_string(kMostRows) + " is the limit");
  }
  return meta;
}

}  // namespace

void HnswGraph::Describe(size_t slots, ByteWriter& meta,
                         std::vector<SectionSource>& sections) const {
  const uint32_t upper_rows = upper_rows_.load(std::memory_order_acquire);
  meta.Put(options_.m);
  meta.Put(options_.ef_construction);
  meta.Put(options_.seed);
  meta.Put(static_cast<uint64_t>(slots));
  meta.Put(static_cast<uint64_t>(size()));
  meta.Put(static_cast<uint64_t>(upper_rows));
  meta.Put(entry_.load(std::memory_order_acquire));
  sections.push_back(SectionOf(nodes_, slots));
  sections.push_back(SectionOf(level0_, slots));
  sections.push_back(SectionOf(upper_, upper_rows));
}

Result<size_t> HnswGraph::Adopt(ByteReader& meta, const SectionFile& file) {
  VG_ASSIGN_OR_RETURN(const Meta read, ReadMeta(meta, options_));
  if (file.sections.size() < kSections) return DataLoss("it has too few sections for a graph");
  VG_RETURN_IF_ERROR(AdoptSection(file, 0, read.slots, nodes_));
  VG_RETURN_IF_ERROR(AdoptSection(file, 1, read.slots, level0_));
  VG_RETURN_IF_ERROR(AdoptSection(file, 2, read.upper_rows, upper_));
  VG_RETURN_IF_ERROR(copy_marks_.Reserve(read.slots));
  upper_rows_ = static_cast<uint32_t>(read.upper_rows);
  size_ = read.nodes;
  entry_ = read.entry;
  VG_RETURN_IF_ERROR(CheckLinks(read.slots, read.upper_rows));
  return read.slots;
}

// A checksum proves that the bytes are those which were written, not that the writer was sound; a
// link outside the file would end the process at some later search.
Status HnswGraph::CheckLinks(size_t slots, size_t upper_rows) const {
  const auto level_of = [&](size_t slot) -> int64_t {
    const uint32_t node = *nodes_.Row(slot);
    return node == 0 ? -1 : static_cast<int64_t>(NodeLevel(node));
  };
  size_t nodes = 0;
  for (size_t slot = 0; slot < slots; ++slot) {
    const int64_t level = level_of(slot);
    if (level < 0) continue;
    ++nodes;
    if (level > kHighestLevel ||
        (level > 0 && NodeUpperRow(*nodes_.Row(slot)) + static_cast<size_t>(level) > upper_rows)) {
      return DataLoss("slot " + std::to_string(slot) + " has impossible levels");
    }
    for (uint32_t l = 0; l <= level; ++l) {
      const Links links = LinksOf(static_cast<Slot>(slot), l);
      for (size_t i = 0; i < links.capacity && links.words[i] != 0; ++i) {
        if (links.words[i] > slots || level_of(links.words[i] - 1) < l) {
          return DataLoss("slot " + std::to_string(slot) + " has a link that leads nowhere");
        }
      }
    }
  }
  const Entry entry = entry_.load(std::memory_order_relaxed);
  const uint64_t entry_word = entry & 0xffffffffU;
  const bool entry_sound = nodes == 0 ? entry == 0
                                      : entry_word >= 1 && entry_word <= slots &&
                                            level_of(EntrySlot(entry)) == EntryLevel(entry);
  if (!entry_sound || nodes != size()) return DataLoss("its entry point is not one of its nodes");
  return Ok();
}

}  // namespace vecgate::index
