// Pipeline: one ingestion from its original to visible chunks.
//
// Every step may be repeated: a run that a crash cut off is simply run again and converges.
//
// Thread safety: any thread, one run of an ingestion at a time.
#pragma once

#include <functional>

#include "blob/blob_store.h"
#include "chunks/chunk_index.h"
#include "document/extract_child.h"
#include "embed/embedder.h"
#include "ingest/document_gate.h"
#include "ingest/document_records.h"

namespace vecgate {

/// Bytes → document; ExtractInChild in a server.
using Extractor =
    std::function<Result<Document>(const OpContext&, DocumentFormat, std::string_view)>;

class Pipeline {
 public:
  /// All borrowed; they must outlive the pipeline.
  struct Parts {
    DocumentRecords& records;
    BlobStore& blobs;
    const Embedder& embedder;
    ChunkIndex& index;
    DocumentGate& gate;
    Extractor extract;
  };
  explicit Pipeline(Parts parts) : parts_(std::move(parts)) {}

  /// Extracts, chunks, embeds, and makes the new version visible in place of the old one.
  /// REQUIRES: the ingestion is running. Errors: kUnavailable, kDeadlineExceeded, kAborted may pass
  /// by themselves; kCancelled when the context is; kNotFound when it was deleted meanwhile; all
  /// others are about the document and stay.
  Status Run(const OpContext& context, const IngestionRecord& ingestion);

  /// Takes back what a failed or deleted ingestion may have made visible: the document's chunks are
  /// those of its visible version again.
  Status TakeBack(const OpContext& context, const IngestionRecord& ingestion);

  /// Deletes chunks of versions that are no longer visible.
  Status CleanRetired(const OpContext& context);

 private:
  Result<std::vector<ChunkRecord>> Prepare(const OpContext& context, IngestionRecord& ingestion);
  Status Embed(const OpContext& context, std::vector<ChunkRecord>& chunks);
  Status Publish(const OpContext& context, const IngestionRecord& ingestion,
                 const std::vector<ChunkRecord>& chunks);

  Parts parts_;
};

/// The id of a chunk follows from its ingestion and index: a repeated run writes the same rows.
std::string ChunkIdFor(const std::string& ingestion_id, int64_t chunk_index);

}  // namespace vecgate
