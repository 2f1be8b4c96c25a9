#include "ingest/ingest_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <set>

#include "base/uuid.h"
#include "chunks/reference_chunk_index.h"
#include "embed/hash_embedder.h"

namespace vecgate {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

OpContext Soon() { return OpContext::WithTimeout(std::chrono::seconds(60)); }

// Counts the texts it embeds, and can be told to fail.
class CountingEmbedder : public HashEmbedder {
 public:
  Result<std::vector<float>> EmbedBatch(const OpContext& context,
                                        std::span<const std::string> texts) const override {
    if (failures > 0) {
      --failures;
      return Unavailable("the model is away for now");
    }
    embedded += texts.size();
    return HashEmbedder::EmbedBatch(context, texts);
  }
  mutable std::atomic<size_t> embedded{0};
  mutable std::atomic<int> failures{0};
};

// Calls `at_point` before and after every change: the points at which a process may die.
class ObservedIndex : public ReferenceChunkIndex {
 public:
  std::function<void()> at_point = [] {};

  Status Switch(const OpContext& context, std::span<const ChunkRow> rows,
                std::span<const float> vectors, std::span<const std::string> hidden) override {
    at_point();
    const Status status = ReferenceChunkIndex::Switch(context, rows, vectors, hidden);
    at_point();
    return status;
  }
  Status DeleteIngestion(const OpContext& context, const std::string& id) override {
    at_point();
    const Status status = ReferenceChunkIndex::DeleteIngestion(context, id);
    at_point();
    return status;
  }
  Status DeleteDocument(const OpContext& context, const std::string& id) override {
    at_point();
    const Status status = ReferenceChunkIndex::DeleteDocument(context, id);
    at_point();
    return status;
  }
};

// A server's ingestion, in one folder.
struct World {
  explicit World(std::string dir_in) : dir(std::move(dir_in)) {
    fs::create_directories(dir);
    metadata = MetadataStore::Open(dir + "/metadata.db").value();
    blobs = BlobStore::Open(dir + "/blobs").value();
  }
  void Start(IngestService::Options options = {}) {
    options.workers = 1;
    options.first_backoff = std::chrono::milliseconds(1);
    options.max_backoff = std::chrono::milliseconds(5);
    options.chunking = {ChunkStrategy::kSentence, 8, 0};
    if (!options.extract) {
      options.extract = [](const OpContext&, DocumentFormat format, std::string_view bytes) {
        return Extract(format, bytes, {});
      };
    }
    service = IngestService::Start({*metadata, *blobs, embedder, index}, options).value();
  }
  IngestionRecord Submit(const std::string& name, const std::string& text) {
    IngestSubmission submission;
    submission.document = name;
    submission.bytes = text;
    return service->Submit(Soon(), std::move(submission)).value();
  }
  IngestionRecord Run(const std::string& name, const std::string& text) {
    const IngestionRecord accepted = Submit(name, text);
    EXPECT_TRUE(service->WaitIdle(Soon()).ok());
    return service->GetIngestion(accepted.ingestion_id).value();
  }
  // All chunks that a search can see, in order.
  [[nodiscard]] std::vector<std::string> VisibleTexts() const {
    std::map<std::pair<std::string, int64_t>, std::string> texts;
    for (const ChunkRow& row : index.Rows()) {
      if (row.chunk_index >= 0)
        texts[{row.document + row.ingestion_id, row.chunk_index}] = row.chunk_text;
    }
    std::vector<std::string> out;
    for (const auto& [key, text] : texts) out.push_back(text);
    return out;
  }

  std::string dir;
  CountingEmbedder embedder;
  ObservedIndex index;
  std::unique_ptr<MetadataStore> metadata;
  std::unique_ptr<BlobStore> blobs;
  std::unique_ptr<IngestService> service;
};

class IngestServiceTest : public ::testing::Test {
 protected:
  void SetUp() override { world_ = std::make_unique<World>(root_ + "/first"); }
  void TearDown() override {
    world_.reset();
    fs::remove_all(root_);
  }
  std::string root_ = fs::temp_directory_path() / ("vg-ingest-" + NewUuid());
  std::unique_ptr<World> world_;
};

const std::string kFirst =
    "One two three four five. Six seven eight nine ten. Old end of the text.";
const std::string kSecond = "One two three four five. Brand new words are here.";

TEST_F(IngestServiceTest, ADocumentIsProcessed) {
  world_->Start();
  const IngestionRecord done = world_->Run("a.txt", kFirst);
  EXPECT_EQ(done.state, IngestionState::kCompleted);
  EXPECT_EQ(done.chunks, 3);
  const DocumentRecord document = world_->service->GetDocument(done.document_id).value();
  EXPECT_EQ(document.state, "processed");
  EXPECT_EQ(document.visible_ingestion_id, done.ingestion_id);
  const ChunkPage page = world_->service->ListChunks(done.document_id, 10, 1).value();
  EXPECT_EQ(page.ingestion_id, done.ingestion_id);
  EXPECT_EQ(page.total, 3);
  const std::vector<ChunkRecord>& chunks = page.chunks;
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(kFirst.substr(static_cast<size_t>(chunks[0].byte_begin),
                          static_cast<size_t>(chunks[0].byte_end - chunks[0].byte_begin)),
            chunks[0].chunk_text);
}

TEST_F(IngestServiceTest, ANewVersionReplacesAndTheSameTextIsEmbeddedOnce) {
  world_->Start();
  const IngestionRecord first = world_->Run("a.txt", kFirst);
  EXPECT_EQ(world_->embedder.embedded, 3U);
  const IngestionRecord second = world_->Run("a.txt", kSecond);
  EXPECT_EQ(second.document_id, first.document_id);
  EXPECT_EQ(world_->embedder.embedded, 4U) << "only the changed sentence";
  EXPECT_THAT(world_->VisibleTexts(),
              ::testing::ElementsAre("One two three four five.", "Brand new words are here."));
  EXPECT_EQ(world_->index.size(), 2U) << "the old version's rows are deleted";
  world_->Run("b.txt", kSecond);
  EXPECT_EQ(world_->embedder.embedded, 4U) << "another document with the same content";
  EXPECT_EQ(world_->service->ListDocuments({}).value().total, 2);
}

TEST_F(IngestServiceTest, AFailedFileFailsAloneAndKeepsItsOldVersion) {
  world_->Start();
  const IngestionRecord good = world_->Run("a.txt", kFirst);
  const IngestionRecord bad = world_->Run("a.txt", std::string("\0\1\2", 3));
  EXPECT_EQ(bad.state, IngestionState::kFailed);
  EXPECT_THAT(bad.error, HasSubstr("NUL"));
  const DocumentRecord document = world_->service->GetDocument(good.document_id).value();
  EXPECT_EQ(document.state, "error");
  EXPECT_EQ(document.visible_ingestion_id, good.ingestion_id);
  EXPECT_EQ(world_->VisibleTexts().size(), 3U);
  EXPECT_EQ(world_->Run("b.txt", kSecond).state, IngestionState::kCompleted);
}

TEST_F(IngestServiceTest, TransientErrorsAreTriedAgainButNotForever) {
  world_->embedder.failures = 3;
  world_->Start();
  const IngestionRecord done = world_->Run("a.txt", kFirst);
  EXPECT_EQ(done.state, IngestionState::kCompleted);
  EXPECT_EQ(done.attempts, 4);
  world_->embedder.failures = 1000;
  const IngestionRecord failed = world_->Run("b.txt", kSecond);
  EXPECT_EQ(failed.state, IngestionState::kFailed);
  EXPECT_EQ(failed.attempts, 8);
}

TEST_F(IngestServiceTest, TheQueueIsBounded) {
  std::atomic<bool> open{false};
  IngestService::Options options;
  options.max_queued = 2;
  options.extract = [&](const OpContext& context, DocumentFormat format,
                        std::string_view bytes) -> Result<Document> {
    while (!open) {
      VG_RETURN_IF_ERROR(context.Check());
      std::this_thread::yield();
    }
    return Extract(format, bytes, {});
  };
  world_->Start(options);
  world_->Submit("a", kFirst);
  world_->Submit("b", kFirst);
  IngestSubmission third;
  third.bytes = kFirst;
  EXPECT_EQ(world_->service->Submit(Soon(), third).error().code, Code::kResourceExhausted);
  open = true;
  ASSERT_TRUE(world_->service->WaitIdle(Soon()).ok());
  EXPECT_TRUE(world_->service->Submit(Soon(), third).ok());
  world_->service->Stop();  // `open` must outlive the workers that read it.
}

TEST_F(IngestServiceTest, BadSubmissionsAreRefused) {
  world_->Start();
  const auto code = [&](IngestSubmission submission) {
    return world_->service->Submit(Soon(), std::move(submission)).error().code;
  };
  EXPECT_EQ(code({.document = "a", .bytes = ""}), Code::kInvalidArgument);
  EXPECT_EQ(code({.document = "a\nb", .bytes = "x"}), Code::kInvalidArgument);
  EXPECT_EQ(code({.document = "a", .bytes = "x", .source_metadata = "[1]"}),
            Code::kInvalidArgument);
  EXPECT_EQ(
      code({.document = "a", .bytes = "x", .chunking = ChunkOptions{ChunkStrategy::kFixed, 1, 0}}),
      Code::kInvalidArgument);
}

TEST_F(IngestServiceTest, WorkThatWasCutOffResumesAtTheNextStart) {
  std::atomic<int> started{0};
  IngestService::Options stuck;
  stuck.extract = [&](const OpContext& context, DocumentFormat,
                      std::string_view) -> Result<Document> {
    ++started;
    while (true) {
      VG_RETURN_IF_ERROR(context.Check());
      std::this_thread::yield();
    }
  };
  world_->Start(stuck);
  const IngestionRecord accepted = world_->Submit("a", kFirst);
  while (started == 0) std::this_thread::yield();
  EXPECT_EQ(world_->service->GetIngestion(accepted.ingestion_id).value().state,
            IngestionState::kRunning);
  world_->service.reset();
  world_->Start();
  ASSERT_TRUE(world_->service->WaitIdle(Soon()).ok());
  EXPECT_EQ(world_->service->GetIngestion(accepted.ingestion_id).value().state,
            IngestionState::kCompleted);
}

TEST_F(IngestServiceTest, DeletingLeavesNothing) {
  world_->Start();
  const IngestionRecord a = world_->Run("a", kFirst);
  const IngestionRecord b = world_->Run("b", kFirst);
  ASSERT_TRUE(world_->service->DeleteDocument(Soon(), a.document_id).ok());
  EXPECT_EQ(world_->service->DeleteDocument(Soon(), a.document_id).error().code, Code::kNotFound);
  EXPECT_TRUE(world_->blobs->Get(a.content_sha256).ok()) << "b still has this content";
  ASSERT_TRUE(world_->service->DeleteIngestion(Soon(), b.ingestion_id).ok());
  EXPECT_EQ(world_->service->GetIngestion(b.ingestion_id).error().code, Code::kNotFound);
  EXPECT_FALSE(world_->blobs->Get(a.content_sha256).ok());
  EXPECT_EQ(world_->index.size(), 0U);
}

TEST_F(IngestServiceTest, DeletingAnOldVersionKeepsTheVisibleOne) {
  world_->Start();
  const IngestionRecord first = world_->Run("a", kFirst);
  world_->Run("a", kSecond);
  ASSERT_TRUE(world_->service->DeleteIngestion(Soon(), first.ingestion_id).ok());
  EXPECT_EQ(world_->VisibleTexts().size(), 2U);
  EXPECT_EQ(world_->service->GetDocument(first.document_id).value().state, "processed");
}

TEST_F(IngestServiceTest, ADeletionDuringARunWins) {
  std::atomic<bool> open{false};
  std::atomic<bool> reached{false};
  IngestService::Options options;
  options.extract = [&](const OpContext& context, DocumentFormat format,
                        std::string_view bytes) -> Result<Document> {
    reached = true;
    while (!open) {
      VG_RETURN_IF_ERROR(context.Check());
      std::this_thread::yield();
    }
    return Extract(format, bytes, {});
  };
  world_->Start(options);
  const IngestionRecord accepted = world_->Submit("a", kFirst);
  while (!reached) std::this_thread::yield();
  ASSERT_TRUE(world_->service->DeleteDocument(Soon(), accepted.document_id).ok());
  open = true;
  const IngestionRecord other = world_->Run("b", kSecond);
  EXPECT_EQ(other.state, IngestionState::kCompleted);
  EXPECT_THAT(world_->VisibleTexts(), ::testing::SizeIs(2)) << "only b";
}

// What kill -9 leaves: the files as they are at that moment, and the index as it is.
struct Wreck {
  std::string dir;
  ReferenceChunkIndex index;
};

// A process may die before and after each change of the index. From each such wreck a new process
// must come to the same end: every document visible once and whole, nothing hidden or lost. And in
// the wreck itself a search sees whole versions only.
TEST_F(IngestServiceTest, EveryCrashPointConverges) {
  int point = 0;
  for (bool reached = true; reached; ++point) {
    SCOPED_TRACE("crash point " + std::to_string(point));
    World world(root_ + "/w" + std::to_string(point));
    Wreck wreck{root_ + "/wreck" + std::to_string(point), {}};
    int seen = 0;
    reached = false;
    world.index.at_point = [&] {
      if (seen++ != point) return;
      reached = true;
      fs::copy(world.dir, wreck.dir, fs::copy_options::recursive);
      wreck.index.CopyFrom(world.index);
    };
    world.Start();
    const IngestionRecord first = world.Run("a", kFirst);
    world.Run("a", kSecond);
    const IngestionRecord gone = world.Run("b", kFirst);
    ASSERT_TRUE(world.service->DeleteDocument(Soon(), gone.document_id).ok());
    if (!reached) break;

    std::map<std::string, int> visible;
    for (const ChunkRow& row : wreck.index.Rows()) {
      if (row.chunk_index >= 0) visible[row.document_id + " " + row.ingestion_id]++;
    }
    for (const auto& [version, count] : visible) {
      const bool is_first_text = count == 3;
      EXPECT_TRUE(is_first_text || count == 2) << version << " is half visible";
    }
    std::set<std::string> documents;
    for (const auto& [version, count] : visible) {
      EXPECT_TRUE(documents.insert(version.substr(0, 36)).second) << "two versions visible";
    }

    World after(wreck.dir);
    after.index.CopyFrom(wreck.index);
    after.Start();
    ASSERT_TRUE(after.service->WaitIdle(Soon()).ok());
    size_t rows = 0;
    const DocumentPage page = after.service->ListDocuments({}).value();
    for (const DocumentRecord& document : page.documents) {
      EXPECT_EQ(document.state, "processed");
      EXPECT_EQ(document.visible_ingestion_id, document.newest_ingestion_id);
      rows += static_cast<size_t>(document.chunks);
    }
    EXPECT_GE(page.total, 1);
    EXPECT_EQ(after.index.size(), rows) << "nothing is left over, nothing is missing";
    EXPECT_EQ(after.VisibleTexts().size(), rows);
    EXPECT_TRUE(after.service->GetIngestion(first.ingestion_id).ok());
  }
  EXPECT_GE(point, 10) << "the story has at least ten points";
}

}  // namespace
}  // namespace vecgate
