// Any bytes in the sections of a snapshot whose envelope is sound: Open must refuse them or give a
// graph that can be searched and added to without touching anything outside it.
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "base/bytes.h"
#include "index/graph_index.h"
#include "index/section_file.h"

namespace {

constexpr size_t kSlots = 64;

const vecgate::index::VectorArena& Arena() {
  static const auto* const kArena = [] {
    auto* arena = new vecgate::index::VectorArena(2);
    if (!arena->Reserve(kSlots + 1).ok()) std::abort();
    for (vecgate::index::Slot i = 0; i <= kSlots; ++i) {
      const float row[] = {static_cast<float>(i % 8), static_cast<float>(i / 8)};
      arena->Set(i, row);
    }
    return arena;
  }();
  return *kArena;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace vecgate::index;
  static const std::string kPath = "/tmp/vecgate_hnsw_fuzz." + std::to_string(getpid());
  const HnswOptions options{.m = 2, .ef_construction = 8, .seed = 1};
  vecgate::ByteReader in({reinterpret_cast<const char*>(data), size});
  const uint64_t nodes = in.Get<uint8_t>().value_or(0);
  const uint64_t upper_rows = in.Get<uint8_t>().value_or(0);
  const uint64_t entry = in.Get<uint64_t>().value_or(0);
  const float plan = in.Get<uint8_t>().value_or(0) == 1 ? 2.0F : 0.0F;
  std::string rest(in.GetRaw(in.remaining()).value_or(""));
  const size_t node_bytes = kSlots * 4;
  const size_t level0_bytes = kSlots * 4 * 4;
  rest.resize(node_bytes + level0_bytes + upper_rows * 2 * 4, '\0');
  vecgate::ByteWriter meta;
  meta.PutString("");
  meta.Put(options.m);
  meta.Put(options.ef_construction);
  meta.Put(options.seed);
  meta.Put(uint64_t{kSlots});
  meta.Put(nodes);
  meta.Put(upper_rows);
  meta.Put(entry);
  meta.Put(plan);
  meta.Put(plan);
  meta.Put(uint64_t{kSlots});
  const std::string_view view = rest;
  const SectionSource sections[] = {
      {{view.substr(0, node_bytes)}, kRowsPerSegment * 4},
      {{view.substr(node_bytes, level0_bytes)}, kRowsPerSegment * 4 * 4},
      {{view.substr(node_bytes + level0_bytes)}, WholeSegments(upper_rows) * kRowsPerSegment * 8},
      {},
      {}};
  if (!WriteSectionFile(kPath, "VGHNSW0\n", GraphIndex::kSnapshotVersion, meta.bytes(), sections)
           .ok())
    std::abort();
  const VectorSpace space(Metric::kL2, Arena());
  GraphIndex opened(options, BestGraphCodes(space), space);
  if (opened.Load(kPath).ok()) {
    const auto found =
        opened.Search(vecgate::OpContext{}, Arena().Row(3), {.ef = 8}, [](Slot) { return true; });
    if (!found.ok() || !opened.Reserve(kSlots + 1).ok()) std::abort();
    opened.Encode(kSlots);
    if (!opened.Add(kSlots).ok()) std::abort();
  }
  return 0;
}
