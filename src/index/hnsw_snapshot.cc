// Saving and reopening of an HnswGraph; the format is docs/formats/hnsw-snapshot.md.
#include <algorithm>

#include "base/bytes.h"
#include "index/hnsw_graph.h"
#include "index/section_file.h"

namespace vecgate::index {
namespace {

constexpr char kKind[] = "VGHNSW0\n";
constexpr uint32_t kVersion = 1;

SectionSource SourceOf(const SegmentedArray<uint32_t>& array, size_t rows) {
  SectionSource source;
  for (size_t at = 0; at < rows; at += kRowsPerSegment) {
    const size_t count = std::min(kRowsPerSegment, rows - at);
    source.pieces.emplace_back(reinterpret_cast<const char*>(array.Row(at)),
                               count * array.width() * sizeof(uint32_t));
  }
  source.padded_bytes = WholeSegments(rows) * array.segment_bytes();
  return source;
}

struct Meta {
  uint64_t slots = 0;
  uint64_t nodes = 0;
  uint64_t upper_rows = 0;
  uint64_t entry = 0;
  std::string tag;
};

Result<Meta> ReadMeta(std::string_view bytes, const HnswOptions& options) {
  ByteReader reader(bytes);
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
  VG_ASSIGN_OR_RETURN(const std::string_view tag, reader.GetString());
  meta.tag = tag;
  if (meta.slots > kMostRows || meta.upper_rows > kMostRows) {
    return DataLoss("it names " + std::to_string(meta.slots) + " slots, " +
                    std::to_string(kMostRows) + " is the limit");
  }
  return meta;
}

Error Within(Error error, const std::string& path) {
  return DataLoss(path + ": " + error.message, Subject::kStorage);
}

}  // namespace

Status HnswGraph::Save(const std::string& path, size_t slots, const std::string& tag) const {
  const uint32_t upper_rows = upper_rows_.load(std::memory_order_acquire);
  ByteWriter meta;
  meta.Put(options_.m);
  meta.Put(options_.ef_construction);
  meta.Put(options_.seed);
  meta.Put(static_cast<uint64_t>(slots));
  meta.Put(static_cast<uint64_t>(size()));
  meta.Put(static_cast<uint64_t>(upper_rows));
  meta.Put(entry_.load(std::memory_order_acquire));
  meta.PutString(tag);
  const SectionSource sections[] = {SourceOf(nodes_, slots), SourceOf(level0_, slots),
                                    SourceOf(upper_, upper_rows)};
  return WriteSectionFile(path, kKind, kVersion, meta.bytes(), sections);
}

Result<HnswGraph::Opened> HnswGraph::Open(const std::string& path, HnswOptions options,
                                          const VectorSpace& space) {
  VG_ASSIGN_OR_RETURN(const SectionFile file, OpenSectionFile(path, kKind, kVersion));
  auto meta = ReadMeta(file.meta, options);
  if (!meta.ok()) return Within(meta.error(), path);
  auto graph = std::make_unique<HnswGraph>(options, space);
  const size_t segments = WholeSegments(meta->slots);
  const size_t upper_segments = WholeSegments(meta->upper_rows);
  if (file.sections.size() != 3 ||
      file.sections[0].padded_bytes != segments * graph->nodes_.segment_bytes() ||
      file.sections[1].padded_bytes != segments * graph->level0_.segment_bytes() ||
      file.sections[2].padded_bytes != upper_segments * graph->upper_.segment_bytes()) {
    return Within(DataLoss("its sections do not fit its number of slots"), path);
  }
  VG_RETURN_IF_ERROR(graph->nodes_.Adopt(file.memory, file.sections[0].data, segments));
  VG_RETURN_IF_ERROR(graph->level0_.Adopt(file.memory, file.sections[1].data, segments));
  VG_RETURN_IF_ERROR(graph->upper_.Adopt(file.memory, file.sections[2].data, upper_segments));
  graph->upper_rows_ = static_cast<uint32_t>(meta->upper_rows);
  graph->size_ = meta->nodes;
  graph->entry_ = meta->entry;
  if (auto sound = graph->CheckLinks(meta->slots, meta->upper_rows); !sound.ok()) {
    return Within(sound.error(), path);
  }
  return Opened{std::move(graph), meta->slots, std::move(meta->tag)};
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
