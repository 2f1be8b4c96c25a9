#include "ingest/ingest_service.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/checksum.h"
#include "base/uuid.h"

namespace vecgate {
namespace {

constexpr size_t kMaxNameBytes = 512;
// A worker without work looks again after this, in case something was due that nobody announced.
constexpr std::chrono::milliseconds kIdleWait{500};

bool MayPass(const Error& error) {
  return error.code == Code::kUnavailable || error.code == Code::kDeadlineExceeded ||
         error.code == Code::kAborted;
}

Status ValidateName(const std::string& name) {
  if (name.size() > kMaxNameBytes || name.find('\0') != std::string::npos ||
      std::any_of(name.begin(), name.end(), [](char c) { return c >= 0 && c < ' '; })) {
    return InvalidArgument("the document's name must have at most " +
                               std::to_string(kMaxNameBytes) + " bytes and no control characters",
                           Subject::kDocument);
  }
  return Ok();
}

Status ValidateMetadata(const std::string& text) {
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_object() || text.size() > 32 << 10) {
    return InvalidArgument("the metadata must be a JSON object of at most 32 KiB",
                           Subject::kDocument);
  }
  return Ok();
}

Extractor ExtractorFor(const IngestService::Options& options) {
  if (options.extract) return options.extract;
  return [child = options.extraction](const OpContext& context, DocumentFormat format,
                                      std::string_view bytes) {
    return ExtractInChild(context, format, bytes, child);
  };
}

}  // namespace

IngestService::IngestService(Dependencies dependencies, Options options)
    : dependencies_(dependencies),
      options_(std::move(options)),
      records_(dependencies_.metadata),
      pipeline_({records_, dependencies_.blobs, dependencies_.embedder, dependencies_.index, gate_,
                 ExtractorFor(options_)}) {}

Result<std::unique_ptr<IngestService>> IngestService::Start(Dependencies dependencies,
                                                            Options options) {
  VG_RETURN_IF_ERROR(Validate(options.chunking));
  std::unique_ptr<IngestService> service(
      new IngestService(std::move(dependencies), std::move(options)));
  OpContext context;
  VG_RETURN_IF_ERROR(service->dependencies_.index.EnsureCollection(context));
  VG_RETURN_IF_ERROR(service->records_.RequeueAllRunning());
  service->cleaning_needed_ = true;
  for (int i = 0; i < service->options_.workers; ++i) {
    service->workers_.emplace_back([raw = service.get()] { raw->Work(); });
  }
  return service;
}

IngestService::~IngestService() { Stop(); }

void IngestService::Stop() {
  stopping_ = true;
  changed_.notify_all();
  for (std::thread& worker : workers_) worker.join();
  workers_.clear();
}

Result<IngestionRecord> IngestService::Submit(const OpContext& context,
                                              IngestSubmission submission) {
  if (stopping_) return Unavailable("the server is stopping; try again after its restart");
  IngestionRecord record;
  record.ingestion_id = NewUuid();
  record.document = submission.document.empty() ? "text-" + record.ingestion_id.substr(0, 8)
                                                : std::move(submission.document);
  record.format = submission.format;
  record.size_bytes = static_cast<int64_t>(submission.bytes.size());
  record.chunking = submission.chunking.value_or(options_.chunking);
  record.source_metadata = std::move(submission.source_metadata);
  VG_RETURN_IF_ERROR(ValidateName(record.document));
  VG_RETURN_IF_ERROR(ValidateMetadata(record.source_metadata));
  VG_RETURN_IF_ERROR(Validate(record.chunking));
  if (record.chunking.max_tokens > dependencies_.embedder.max_tokens()) {
    return InvalidArgument("chunk size " + std::to_string(record.chunking.max_tokens) +
                           " is more than the " +
                           std::to_string(dependencies_.embedder.max_tokens()) + " tokens that " +
                           std::string(dependencies_.embedder.name()) + " reads");
  }
  if (submission.bytes.empty()) return InvalidArgument("the document is empty", Subject::kDocument);
  if (submission.bytes.size() > options_.max_document_bytes) {
    return ResourceExhausted("the document has " + std::to_string(submission.bytes.size()) +
                                 " bytes; at most " + std::to_string(options_.max_document_bytes) +
                                 " are allowed",
                             Subject::kDocument);
  }
  // The gate keeps a deletion from removing this content between the two steps.
  const std::string sha = Sha256Hex(submission.bytes);
  VG_ASSIGN_OR_RETURN(const auto pass, gate_.Enter(context, sha));
  VG_ASSIGN_OR_RETURN(record.content_sha256, dependencies_.blobs.Put(submission.bytes));
  Result<IngestionRecord> accepted = records_.Accept(std::move(record), options_.max_queued);
  if (accepted.ok()) changed_.notify_one();
  return accepted;
}

Result<IngestionRecord> IngestService::GetIngestion(const std::string& ingestion_id) {
  return records_.GetIngestion(ingestion_id);
}
Result<DocumentRecord> IngestService::GetDocument(const std::string& document_id) {
  return records_.GetDocument(document_id);
}
Result<DocumentPage> IngestService::ListDocuments(const DocumentFilter& filter) {
  return records_.ListDocuments(filter);
}
Result<ChunkPage> IngestService::ListChunks(const std::string& document_id, int64_t limit,
                                            int64_t offset) {
  return records_.ListChunks(document_id, limit, offset);
}
Result<std::vector<std::pair<std::string, int64_t>>> IngestService::CountByState() {
  return records_.CountByState();
}

void IngestService::Work() {
  while (!stopping_) {
    ++working_;
    Sweep();
    const bool found_work = RunOne();
    --working_;
    if (found_work) continue;
    std::unique_lock lock(mutex_);
    if (!stopping_) changed_.wait_for(lock, kIdleWait);
  }
}

Result<IngestionRecord> IngestService::Claim() {
  // Enough to look past those that wait for their next attempt.
  constexpr int64_t kLookAhead = 256;
  VG_ASSIGN_OR_RETURN(const auto waiting, records_.Waiting(kLookAhead));
  const auto now = std::chrono::steady_clock::now();
  for (const IngestionRecord& ingestion : waiting) {
    {
      const std::lock_guard lock(mutex_);
      const auto found = not_before_.find(ingestion.ingestion_id);
      if (found != not_before_.end() && found->second > now) continue;
    }
    Result<IngestionRecord> started = records_.Start(ingestion.ingestion_id);
    // Another worker was quicker, or it was deleted.
    if (!started.ok()) continue;
    return started;
  }
  return NotFound("nothing waits", Subject::kIngestion);
}

bool IngestService::RunOne() {
  const Result<IngestionRecord> claimed = Claim();
  if (!claimed.ok()) return false;
  OpContext context = OpContext::WithTimeout(options_.run_timeout);
  context.cancelled = &stopping_;
  context.request_id = claimed->ingestion_id;
  const Status outcome =
      claimed->attempts > options_.max_attempts
          ? Status(Internal("given up after " + std::to_string(options_.max_attempts) + " runs"))
          : pipeline_.Run(context, *claimed);
  Settle(*claimed, outcome);
  changed_.notify_all();
  return true;
}

void IngestService::Settle(const IngestionRecord& ingestion, const Status& outcome) {
  if (outcome.ok()) return;
  const Error& error = outcome.error();
  const Result<IngestionRecord> now = records_.GetIngestion(ingestion.ingestion_id);
  if (now.ok() && now->state == IngestionState::kCompleted) {
    cleaning_needed_ = true;  // Only the cleaning after it did not succeed.
    return;
  }
  const OpContext context = OpContext::WithTimeout(std::chrono::seconds(30));
  // Without metadata nothing can be recorded: it stays running and the next start takes it up.
  if (!now.ok() && now.error().code != Code::kNotFound) return;
  if (!now.ok()) {  // Deleted meanwhile; it may have published just before.
    if (!pipeline_.TakeBack(context, ingestion).ok()) cleaning_needed_ = true;
    return;
  }
  const bool again = error.code == Code::kCancelled || MayPass(error);
  if (again && ingestion.attempts < options_.max_attempts) {
    const auto backoff =
        std::min(options_.max_backoff,
                 options_.first_backoff * (1 << std::min<int64_t>(ingestion.attempts - 1, 16)));
    {
      const std::lock_guard lock(mutex_);
      not_before_[ingestion.ingestion_id] = std::chrono::steady_clock::now() + backoff;
    }
    static_cast<void>(records_.Requeue(ingestion.ingestion_id, error.message));
    return;
  }
  // An earlier run may have been cut between making chunks visible and recording it. Until that is
  // taken back the ingestion is not failed but waits.
  if (ingestion.attempts > 1 && !pipeline_.TakeBack(context, ingestion).ok()) {
    static_cast<void>(records_.Requeue(ingestion.ingestion_id, error.message));
    return;
  }
  // When even this cannot be written the ingestion stays running and the next start takes it up.
  static_cast<void>(records_.Fail(ingestion.ingestion_id, error.message));
}

void IngestService::Sweep() {
  if (!cleaning_needed_.exchange(false)) return;
  OpContext context = OpContext::WithTimeout(std::chrono::seconds(30));
  context.cancelled = &stopping_;
  if (!FinishDeletions(context).ok() || !pipeline_.CleanRetired(context).ok()) {
    // Tried again at the next turn; the turns of an idle worker are kIdleWait apart.
    cleaning_needed_ = true;
  }
}

Status IngestService::FinishDeletions(const OpContext& context) {
  VG_ASSIGN_OR_RETURN(const auto deleting, records_.Deleting());
  for (const std::string& document_id : deleting) {
    VG_RETURN_IF_ERROR(PurgeDocument(context, document_id));
  }
  return Ok();
}

Status IngestService::PurgeDocument(const OpContext& context, const std::string& document_id) {
  std::vector<std::string> unused;
  {
    VG_ASSIGN_OR_RETURN(const auto pass, gate_.Enter(context, document_id));
    VG_RETURN_IF_ERROR(dependencies_.index.DeleteDocument(context, document_id));
    VG_ASSIGN_OR_RETURN(unused, records_.Purge(document_id));
  }
  return DropContents(context, unused);
}

Status IngestService::DropContents(const OpContext& context,
                                   const std::vector<std::string>& unused) {
  for (const std::string& sha : unused) {
    VG_ASSIGN_OR_RETURN(const auto pass, gate_.Enter(context, sha));
    VG_ASSIGN_OR_RETURN(const bool used, records_.IsContentUsed(sha));
    if (!used) VG_RETURN_IF_ERROR(dependencies_.blobs.Delete(sha));
  }
  return Ok();
}

Status IngestService::DeleteDocument(const OpContext& context, const std::string& document_id) {
  VG_RETURN_IF_ERROR(records_.MarkDeleting(document_id));
  const Status purged = PurgeDocument(context, document_id);
  if (purged.ok()) return purged;
  cleaning_needed_ = true;
  return Unavailable(
      "document " + document_id + " is deleted, its cleaning goes on: " + purged.error().message,
      Subject::kDocument);
}

Status IngestService::DeleteIngestion(const OpContext& context, const std::string& ingestion_id) {
  VG_ASSIGN_OR_RETURN(const IngestionRecord ingestion, records_.GetIngestion(ingestion_id));
  VG_ASSIGN_OR_RETURN(const DocumentRecord document, records_.GetDocument(ingestion.document_id));
  const bool is_whole =
      document.visible_ingestion_id == ingestion_id ||
      (document.visible_ingestion_id.empty() && document.newest_ingestion_id == ingestion_id);
  if (is_whole) return DeleteDocument(context, ingestion.document_id);
  std::vector<std::string> unused;
  {
    VG_ASSIGN_OR_RETURN(const auto pass, gate_.Enter(context, ingestion.document_id));
    VG_ASSIGN_OR_RETURN(unused, records_.PurgeIngestion(ingestion_id));
  }
  VG_RETURN_IF_ERROR(pipeline_.TakeBack(context, ingestion));
  return DropContents(context, unused);
}

Status IngestService::WaitIdle(const OpContext& context) {
  while (true) {
    VG_ASSIGN_OR_RETURN(const auto counts, records_.CountByState());
    const bool busy = std::any_of(counts.begin(), counts.end(), [](const auto& count) {
      return count.first == "accepted" || count.first == "running";
    });
    // In this order: a worker counts itself before it takes the need for cleaning back.
    if (!busy && !cleaning_needed_ && working_ == 0) return Ok();
    VG_RETURN_IF_ERROR(context.Check());
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::milliseconds(20));
  }
}

}  // namespace vecgate
