// ReferenceChunkIndex: the ChunkIndex contract by brute force in memory, for tests of the services
// above it. Filters are not supported.
//
// Thread safety: any thread.
#pragma once

#include <algorithm>
#include <map>
#include <numeric>

#include "base/guarded.h"
#include "chunks/chunk_index.h"

namespace vecgate {

class ReferenceChunkIndex : public ChunkIndex {
 public:
  Status EnsureCollection(const OpContext& /*context*/) override { return Ok(); }

  Status Switch(const OpContext& /*context*/, std::span<const ChunkRow> rows,
                std::span<const float> vectors, std::span<const std::string> hidden_ids) override {
    auto state = state_.Lock();
    const size_t dim = rows.empty() ? 0 : vectors.size() / rows.size();
    for (const std::string& id : hidden_ids) {
      if (state->contains(id)) (*state)[id].row.chunk_index = kHiddenChunkIndex;
    }
    for (size_t i = 0; i < rows.size(); ++i) {
      const auto part = vectors.subspan(i * dim, dim);
      (*state)[rows[i].chunk_id] = {rows[i], {part.begin(), part.end()}};
    }
    return Ok();
  }
  Status DeleteChunks(const OpContext& /*context*/, std::span<const std::string> ids) override {
    auto state = state_.Lock();
    for (const std::string& id : ids) state->erase(id);
    return Ok();
  }
  Status DeleteIngestion(const OpContext& /*context*/, const std::string& ingestion_id) override {
    auto state = state_.Lock();
    std::erase_if(*state, [&](const auto& e) { return e.second.row.ingestion_id == ingestion_id; });
    return Ok();
  }
  Status DeleteDocument(const OpContext& /*context*/, const std::string& document_id) override {
    auto state = state_.Lock();
    std::erase_if(*state, [&](const auto& e) { return e.second.row.document_id == document_id; });
    return Ok();
  }
  Result<std::vector<ChunkHit>> Search(const OpContext& /*context*/, std::span<const float> query,
                                       size_t k, const std::string& filter) override {
    if (!filter.empty()) return Unimplemented("the reference chunk index has no filters");
    std::vector<ChunkHit> hits;
    {
      const auto state = state_.LockShared();
      for (const auto& [id, entry] : *state) {
        if (entry.row.chunk_index < 0) continue;
        hits.push_back({entry.row, std::inner_product(query.begin(), query.end(),
                                                      entry.vector.begin(), 0.0F)});
      }
    }
    std::stable_sort(hits.begin(), hits.end(),
                     [](const ChunkHit& a, const ChunkHit& b) { return a.score > b.score; });
    if (hits.size() > k) hits.resize(k);
    return hits;
  }
  /// Rows kept, hidden ones included.
  [[nodiscard]] size_t size() const { return state_.LockShared()->size(); }
  [[nodiscard]] std::vector<ChunkRow> Rows() const {
    std::vector<ChunkRow> out;
    const auto state = state_.LockShared();
    for (const auto& [id, entry] : *state) out.push_back(entry.row);
    return out;
  }
  void CopyFrom(const ReferenceChunkIndex& other) {
    const auto copy = *other.state_.LockShared();
    *state_.Lock() = copy;
  }

 private:
  struct Entry {
    ChunkRow row;
    std::vector<float> vector;
  };
  Guarded<std::map<std::string, Entry>> state_;
};

}  // namespace vecgate
