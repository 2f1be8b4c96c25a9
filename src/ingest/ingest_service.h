// IngestService: takes documents in, works on them in the background, gives out and deletes them.
//
// What was accepted is durable: a run that is cut off at any point is run again by itself at the
// next start. The queue is in the metadata store and bounded; when it is full Submit answers
// kResourceExhausted. A failing document never holds up its neighbours.
//
// Thread safety: any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ingest/pipeline.h"

namespace vecgate {

struct IngestSubmission {
  /// The document's name; one that exists gets a new version. Empty: a name is made up.
  std::string document;
  DocumentFormat format = DocumentFormat::kTxt;
  std::string bytes;
  /// Unset fields take the service's default.
  std::optional<ChunkOptions> chunking;
  /// A JSON object, stored with every chunk.
  std::string source_metadata = "{}";
};

class IngestService {
 public:
  struct Options {
    /// Runs at once.
    int workers = 2;
    /// Ingestions waiting or running at most.
    int64_t max_queued = 10'000;
    size_t max_document_bytes = 128 << 20;
    ChunkOptions chunking;
    /// For one run.
    std::chrono::milliseconds run_timeout{30 * 60'000};
    /// After so many runs a document that keeps failing, or keeps killing the process, is an error.
    int64_t max_attempts = 8;
    std::chrono::milliseconds first_backoff{250};
    std::chrono::milliseconds max_backoff{30'000};
    ExtractChildOptions extraction;
    /// Instead of a child process; for tests.
    Extractor extract;
  };

  /// All borrowed; they must outlive the service.
  struct Dependencies {
    MetadataStore& metadata;
    BlobStore& blobs;
    const Embedder& embedder;
    ChunkIndex& index;
  };

  /// Makes the collection, takes up what a previous process left, and starts the workers.
  static Result<std::unique_ptr<IngestService>> Start(Dependencies dependencies, Options options);
  /// As Stop.
  ~IngestService();

  /// Durable when it returns: the original and its place in the queue. kInvalidArgument for a bad
  /// submission, kResourceExhausted when the queue is full or the document too large.
  Result<IngestionRecord> Submit(const OpContext& context, IngestSubmission submission);

  Result<IngestionRecord> GetIngestion(const std::string& ingestion_id);
  Result<DocumentRecord> GetDocument(const std::string& document_id);
  Result<DocumentPage> ListDocuments(const DocumentFilter& filter);
  Result<ChunkPage> ListChunks(const std::string& document_id, int64_t limit, int64_t offset);
  /// Ingestions by state, for metrics.
  Result<std::vector<std::pair<std::string, int64_t>>> CountByState();

  /// Gone from metadata, blob store and engine when it returns OK. kNotFound when it is not there.
  /// After another error it is gone for every reader and the cleaning goes on in the background.
  Status DeleteDocument(const OpContext& context, const std::string& document_id);
  /// The document when this is its visible or only version, else this version alone.
  Status DeleteIngestion(const OpContext& context, const std::string& ingestion_id);

  /// Waits until nothing is accepted, running or being cleaned, at most until the context ends.
  Status WaitIdle(const OpContext& context);

  /// Lets running work stop at its next safe point; it is resumed by the next Start. Idempotent.
  void Stop();

 private:
  IngestService(Dependencies dependencies, Options options);

  void Work();
  /// Takes one waiting ingestion and runs it; false when there is none to run now.
  bool RunOne();
  Result<IngestionRecord> Claim();
  void Settle(const IngestionRecord& ingestion, const Status& outcome);
  Status FinishDeletions(const OpContext& context);
  Status PurgeDocument(const OpContext& context, const std::string& document_id);
  Status DropContents(const OpContext& context, const std::vector<std::string>& unused);
  void Sweep();

  Dependencies dependencies_;
  Options options_;
  DocumentRecords records_;
  DocumentGate gate_;
  Pipeline pipeline_;
  std::atomic<bool> stopping_{false};
  std::atomic<bool> cleaning_needed_{false};
  // Workers at something, cleaning included: an ingestion is completed before its cleaning.
  std::atomic<int> working_{0};
  std::mutex mutex_;
  std::condition_variable changed_;
  // When a requeued ingestion may be tried again. Guarded by mutex_.
  std::map<std::string, std::chrono::steady_clock::time_point> not_before_;
  std::vector<std::thread> workers_;
};

}  // namespace vecgate
