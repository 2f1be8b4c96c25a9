// ChunkIndex: where the vectors of chunks are kept and searched; a collection of the gateway.
//
// How a new version becomes visible at once and whole: every search keeps only rows with
// chunk_index >= 0. Switch writes, in one atomic batch, the new version's rows and, over the old
// version's primary keys, rows with chunk_index = -1. Before the batch a search sees the old
// version, after it the new one; the hidden rows are deleted afterwards, whenever that succeeds.
// Chunk ids follow from the ingestion and the index, so a batch that a crash cut off is simply
// written again.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"

namespace vecgate {

/// One chunk as it is stored; the names are those of the collection's fields.
struct ChunkRow {
  std::string chunk_id;
  std::string ingestion_id;
  std::string document_id;
  /// The document's name.
  std::string document;
  int64_t chunk_index = 0;
  std::string chunk_strategy;
  std::string chunk_text;
  /// A JSON object.
  std::string source_metadata = "{}";
  int64_t page = 1;
  int64_t byte_begin = 0;
  int64_t byte_end = 0;
};

struct ChunkHit {
  ChunkRow row;
  /// Cosine to the query, higher is nearer.
  float score = 0;
};

/// The chunk_index of a row that is hidden and waits for its deletion.
inline constexpr int64_t kHiddenChunkIndex = -1;

class ChunkIndex {
 public:
  virtual ~ChunkIndex() = default;

  /// Creates the collection when it is missing; kFailedPrecondition when one of that name has
  /// another schema.
  virtual Status EnsureCollection(const OpContext& context) = 0;
  /// One atomic batch, durable when it returns: `rows` with `vectors` (rows × dimension, row-major)
  /// become visible, rows of `hidden_ids` invisible. May be repeated.
  virtual Status Switch(const OpContext& context, std::span<const ChunkRow> rows,
                        std::span<const float> vectors,
                        std::span<const std::string> hidden_ids) = 0;
  virtual Status DeleteChunks(const OpContext& context, std::span<const std::string> ids) = 0;
  virtual Status DeleteIngestion(const OpContext& context, const std::string& ingestion_id) = 0;
  virtual Status DeleteDocument(const OpContext& context, const std::string& document_id) = 0;
  /// At most `k` visible chunks that match `filter` (an expression over the fields; "" is all),
  /// nearest first. kInvalidArgument for a bad filter.
  virtual Result<std::vector<ChunkHit>> Search(const OpContext& context,
                                               std::span<const float> query, size_t k,
                                               const std::string& filter) = 0;
};

}  // namespace vecgate
