// GatewayChunkIndex: the ChunkIndex contract over a collection of the gateway, so that chunks can
// be read by every client of the Milvus protocol too.
//
// The collection is `document_chunks_<embedder>`: vectors of two models never mix. Its fields are
// those of ChunkRow and `embedding`, with an AUTOINDEX by COSINE. A hidden row waits for its
// deletion with chunk_index = -1; clients that read the collection by themselves filter on
// chunk_index >= 0.
//
// Thread safety: any thread.
#pragma once

#include <memory>
#include <string>

#include "chunks/chunk_index.h"
#include "gateway/gateway.h"

namespace vecgate {

class GatewayChunkIndex : public ChunkIndex {
 public:
  struct Options {
    /// "minilm", "hash", …: the embedder's name.
    std::string embedder = "minilm";
    uint32_t dimension = 384;
    std::string database = std::string(gateway::kDefaultDatabase);
  };
  /// The gateway is borrowed and must outlive this.
  GatewayChunkIndex(gateway::Gateway& gateway, Options options);

  [[nodiscard]] const std::string& collection_name() const { return name_; }

  Status EnsureCollection(const OpContext& context) override;
  Status Switch(const OpContext& context, std::span<const ChunkRow> rows,
                std::span<const float> vectors, std::span<const std::string> hidden_ids) override;
  Status DeleteChunks(const OpContext& context, std::span<const std::string> ids) override;
  Status DeleteIngestion(const OpContext& context, const std::string& ingestion_id) override;
  Status DeleteDocument(const OpContext& context, const std::string& document_id) override;
  Result<std::vector<ChunkHit>> Search(const OpContext& context, std::span<const float> query,
                                       size_t k, const std::string& filter) override;

 private:
  [[nodiscard]] CollectionSchema Schema() const;
  Result<gateway::CollectionPtr> Resolve() const;
  Status DeleteWhere(const OpContext& context, const std::string& field, const std::string& value);

  gateway::Gateway& gateway_;
  Options options_;
  std::string name_;
};

}  // namespace vecgate
