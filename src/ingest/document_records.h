// DocumentRecords: documents, ingestions and chunks in the metadata store. Every method is one
// transaction, durable when it returns OK.
//
// Thread safety: any thread.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "document/chunk.h"
#include "ingest/lifecycle.h"
#include "metadata/metadata_store.h"

namespace vecgate {

struct IngestionRecord {
  int64_t seq = 0;
  std::string ingestion_id;
  std::string document_id;
  std::string document;
  IngestionState state = IngestionState::kAccepted;
  DocumentFormat format = DocumentFormat::kTxt;
  std::string content_sha256;
  int64_t size_bytes = 0;
  std::string title;
  ChunkOptions chunking;
  /// A JSON object.
  std::string source_metadata = "{}";
  int64_t attempts = 0;
  std::string error;
  int64_t pages = 0;
  int64_t chunks = 0;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
};

struct DocumentRecord {
  std::string document_id;
  std::string document;
  std::string state;
  /// The version that searches see; empty before the first completed one.
  std::string visible_ingestion_id;
  std::string newest_ingestion_id;
  /// Of the newest ingestion.
  std::string format;
  std::string title;
  std::string error;
  /// Of the visible version.
  int64_t pages = 0;
  int64_t chunks = 0;
  int64_t size_bytes = 0;
  int64_t created_ms = 0;
  int64_t updated_ms = 0;
};

struct ChunkRecord {
  std::string ingestion_id;
  int64_t chunk_index = 0;
  std::string chunk_id;
  int64_t page = 1;
  int64_t byte_begin = 0;
  int64_t byte_end = 0;
  std::string chunk_text;
  /// Embedder and SHA-256 of the text.
  std::string embedding_key;
  /// Empty when it was not asked for.
  std::vector<float> vector;
};

struct DocumentFilter {
  /// "" is any.
  std::string state;
  /// Part of the name; "" is any.
  std::string name_contains;
  int64_t limit = 50;
  int64_t offset = 0;
};

struct DocumentPage {
  std::vector<DocumentRecord> documents;
  /// How many match without limit and offset.
  int64_t total = 0;
};

struct ChunkPage {
  /// The version whose chunks these are; empty before the first completed one.
  std::string ingestion_id;
  std::vector<ChunkRecord> chunks;
  /// How many it has without limit and offset.
  int64_t total = 0;
};

class DocumentRecords {
 public:
  explicit DocumentRecords(MetadataStore& store) : store_(store) {}

  /// Adds an ingestion as `accepted`, and its document when none of that name exists. Fills in seq,
  /// document_id and times. kResourceExhausted when `max_queued` ingestions wait or run already.
  Result<IngestionRecord> Accept(IngestionRecord ingestion, int64_t max_queued);

  /// The oldest accepted ingestions, one for each document and none of a document that has one
  /// running, at most `limit`.
  Result<std::vector<IngestionRecord>> Waiting(int64_t limit);
  /// accepted → running with one more attempt. kNotFound or kFailedPrecondition when it is not
  /// there or not accepted any more.
  Result<IngestionRecord> Start(const std::string& ingestion_id);
  Status Requeue(const std::string& ingestion_id, const std::string& why);
  Status Fail(const std::string& ingestion_id, const std::string& why);
  /// running → completed: its chunks are stored, it is the document's visible version, and every
  /// other version with chunks is retired.
  Status Complete(const IngestionRecord& ingestion, const std::vector<ChunkRecord>& chunks);
  /// After a crash: every running ingestion is accepted again. Returns how many.
  Result<int64_t> RequeueAllRunning();

  /// kNotFound for unknown ids and for documents being deleted.
  Result<IngestionRecord> GetIngestion(const std::string& ingestion_id);
  Result<DocumentRecord> GetDocument(const std::string& document_id);
  Result<DocumentPage> ListDocuments(const DocumentFilter& filter);
  /// Of the version that is visible at one moment, in order. Without vectors.
  Result<ChunkPage> ListChunks(const std::string& document_id, int64_t limit, int64_t offset);
  /// Of one version, with vectors.
  Result<std::vector<ChunkRecord>> LoadChunks(const std::string& ingestion_id);

  /// Ids of all stored chunks of the document's versions other than `ingestion_id`.
  Result<std::vector<std::string>> OtherChunkIds(const std::string& document_id,
                                                 const std::string& ingestion_id);
  /// The vector of any stored chunk with this key.
  Result<std::optional<std::vector<float>>> FindVector(const std::string& embedding_key);

  /// Retired versions whose chunks are still stored.
  Result<std::vector<IngestionRecord>> Retired();
  /// Removes the chunk rows of a retired version; its record stays as history.
  Status DropRetiredChunks(const std::string& ingestion_id);

  /// The document is gone for every reader from here on. kNotFound when it is already.
  Status MarkDeleting(const std::string& document_id);
  Result<std::vector<std::string>> Deleting();
  /// Removes all rows of a document. Returns the content hashes that nothing refers to any more.
  Result<std::vector<std::string>> Purge(const std::string& document_id);
  /// Removes one version that is not visible. Returns as Purge.
  Result<std::vector<std::string>> PurgeIngestion(const std::string& ingestion_id);
  Result<bool> IsContentUsed(const std::string& content_sha256);
  /// Ingestions by state name, for metrics.
  Result<std::vector<std::pair<std::string, int64_t>>> CountByState();

 private:
  Status Move(const std::string& ingestion_id, IngestionEvent event, const std::string& why);
  MetadataStore& store_;
};

}  // namespace vecgate
