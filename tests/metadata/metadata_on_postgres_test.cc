// What is kept in SQLite elsewhere, on a real PostgreSQL: migrations, transactions, ids, the
// catalog, the documents' records, and a server that goes away and comes back.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <cstdio>
#include <set>
#include <thread>

#include "base/check.h"
#include "base/uuid.h"
#include "engine/conformance/service_process.h"
#include "engine/conformance/tcp_gate.h"
#include "engine/reference/reference_engine.h"
#include "gateway/gateway.h"
#include "gateway/sql_catalog_store.h"
#include "ingest/document_records.h"
#include "metadata/metadata_store.h"
#include "metadata/migrations.h"

namespace vecgate {
namespace {

using conformance::ServiceProcess;
using conformance::TcpGate;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

ServiceProcess& Server() {
  static const std::unique_ptr<ServiceProcess> server = [] {
    auto started = ServiceProcess::Start("postgres.py");
    if (!started.ok()) std::fprintf(stderr, "%s\n", started.error().message.c_str());
    VG_CHECK(started.ok());
    return std::move(*started);
  }();
  return *server;
}

class MetadataOnPostgresTest : public ::testing::Test {
 protected:
  // Each test has a database of its own.
  MetadataOnPostgresTest() {
    const auto store = Open(Url("postgres"), MetadataStore::Migrate::kNever).value();
    // A database cannot be made inside of a transaction.
    const Status made = store->WithTransaction([&](soci::session& sql) -> Status {
      sql.rollback();
      sql << "CREATE DATABASE " + name_;
      sql.begin();
      return Ok();
    });
    VG_CHECK(made.ok());
  }

  static Secret<std::string> Url(const std::string& database, uint16_t port = Server().port()) {
    return Secret<std::string>(
        fmt::format("postgresql://postgres:hush-hush@127.0.0.1:{}/{}", port, database));
  }
  Secret<std::string> Url() { return Url(name_); }
  static Result<std::unique_ptr<MetadataStore>> Open(
      const Secret<std::string>& url,
      MetadataStore::Migrate migrate = MetadataStore::Migrate::kOnlyFresh) {
    return MetadataStore::OpenPostgres(url, migrate, std::chrono::seconds(2));
  }
  static Status Execute(MetadataStore& store, const std::string& statement) {
    return store.WithTransaction([&](soci::session& sql) -> Status {
      sql << statement;
      return Ok();
    });
  }
  static Result<int64_t> Take(MetadataStore& store) {
    return store.Read<int64_t>(
        [](soci::session& sql) { return MetadataStore::ReserveIds(sql, 0, 1); });
  }

  const std::string name_ = "db_" + NewUuid().substr(0, 8);
};

constexpr const char* kInsert =
    "INSERT INTO databases (id, name, created_ms) VALUES (1700000000000, 'x', 1700000000000)";

TEST_F(MetadataOnPostgresTest, AFreshDatabaseMigratesItselfAndEveryStepCanBeUndone) {
  auto store = Open(Url()).value();
  ASSERT_TRUE(Execute(*store, kInsert).ok());
  const int all = static_cast<int>(AllMigrations().size());
  EXPECT_EQ(MigrateDown(*store, 0).value(), all);
  const auto refused = MetadataStore::OpenPostgres(Url());
  ASSERT_TRUE(refused.ok()) << "nothing is applied, so it is fresh: " << refused.error().message;
  EXPECT_EQ(MigrateDown(*store, 1).value(), all - 1);
  EXPECT_THAT(Open(Url()).error().message, HasSubstr("vecgate migrate up"));
  EXPECT_EQ(MigrateUp(*store).value(), all - 1);
  ASSERT_TRUE(Execute(*store, "UPDATE schema_migrations SET checksum = 'z'").ok());
  EXPECT_THAT(Open(Url()).error().message, HasSubstr("another text"));
}

TEST_F(MetadataOnPostgresTest, AFailedTransactionLeavesNothing) {
  auto store = Open(Url()).value();
  const Status failed = store->WithTransaction([](soci::session& sql) -> Status {
    sql << kInsert;
    return InvalidArgument("changed my mind");
  });
  EXPECT_EQ(failed.error().message, "changed my mind");
  ASSERT_TRUE(Execute(*store, kInsert).ok());
  EXPECT_EQ(Execute(*store, kInsert).error().code, Code::kAlreadyExists);
  EXPECT_EQ(Execute(*store, "SELECT * FROM nowhere").error().code, Code::kInternal);
  EXPECT_TRUE(Execute(*store, "DELETE FROM databases").ok()) << "the connection goes on";
}

TEST_F(MetadataOnPostgresTest, TwoGatewaysNeverGetTheSameId) {
  std::vector<std::unique_ptr<MetadataStore>> stores;
  for (int i = 0; i < 4; ++i) stores.push_back(Open(Url()).value());
  std::mutex mutex;
  std::set<int64_t> seen;
  std::vector<std::thread> threads;
  threads.reserve(stores.size());
  for (const auto& store : stores) {
    threads.emplace_back([&] {
      for (int i = 0; i < 25; ++i) {
        const auto id = Take(*store);
        const std::lock_guard lock(mutex);
        EXPECT_TRUE(id.ok() && seen.insert(*id).second);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(seen.size(), 100U);
}

TEST_F(MetadataOnPostgresTest, TheCatalogIsThereAgain) {
  auto store = Open(Url()).value();
  reference::ReferenceEngine engine;
  const auto open = [&] {
    return gateway::Gateway::Open(std::make_unique<gateway::SqlCatalogStore>(*store),
                                  gateway::EngineSet(engine), SystemClock(), {})
        .value();
  };
  CollectionSchema schema;
  schema.name = "a";
  schema.fields.resize(2);
  schema.fields[0] = {.name = "id", .type = DataType::kInt64, .is_primary_key = true};
  schema.fields[1] = {.name = "v", .type = DataType::kFloatVector, .dim = 4};
  {
    const auto gateway = open();
    ASSERT_TRUE(gateway->catalog().CreateDatabase("other", {{"k", "it's"}}).ok());
    gateway::CreateCollectionOptions options;
    options.database = "other";
    options.schema = schema;
    ASSERT_TRUE(gateway->catalog().CreateCollection({}, options).ok());
    ASSERT_TRUE(gateway->catalog().CreateAlias("other", "a", "nick").ok());
  }
  const auto gateway = open();
  EXPECT_EQ(gateway->catalog().DescribeDatabase("other").value().properties.at("k"), "it's");
  EXPECT_EQ(gateway->catalog().Resolve("other", "nick").value()->name, "a");
  ASSERT_TRUE(gateway->catalog().DropAlias("other", "nick").ok());
  ASSERT_TRUE(gateway->catalog().DropCollection({}, "other", "a").ok());
  ASSERT_TRUE(gateway->catalog().DropDatabase("other").ok());
}

TEST_F(MetadataOnPostgresTest, DocumentsAreRecordedThroughTheirWholeLife) {
  auto store = Open(Url()).value();
  DocumentRecords records(*store);
  const auto accept = [&](const std::string& document) {
    IngestionRecord ingestion;
    ingestion.ingestion_id = NewUuid();
    ingestion.document = document;
    ingestion.content_sha256 = "sha of " + document;
    ingestion.source_metadata = R"({"who": "O'Brien"})";
    return records.Accept(ingestion, 3).value();
  };
  const IngestionRecord first = accept("Manual.txt");
  accept("manual 2.txt");
  EXPECT_EQ(records.Waiting(10).value().size(), 2U);
  ASSERT_TRUE(records.Start(first.ingestion_id).ok());
  EXPECT_EQ(records.RequeueAllRunning().value(), 1);
  IngestionRecord running = records.Start(first.ingestion_id).value();
  EXPECT_EQ(running.attempts, 2);
  ChunkRecord chunk;
  chunk.ingestion_id = first.ingestion_id;
  chunk.chunk_id = NewUuid();
  chunk.chunk_text = "a text with 'quotes', \\ and ü";
  chunk.embedding_key = "key";
  chunk.vector = {1.5F, -2};
  running.chunks = 1;
  ASSERT_TRUE(records.Complete(running, {chunk}).ok());
  EXPECT_EQ(records.FindVector("key").value(), chunk.vector);
  EXPECT_EQ(records.LoadChunks(first.ingestion_id).value()[0].chunk_text, chunk.chunk_text);
  EXPECT_EQ(records.ListChunks(first.document_id, 10, 0).value().total, 1);
  DocumentFilter filter;
  filter.name_contains = "MANUAL";
  filter.limit = 1;
  EXPECT_EQ(records.ListDocuments(filter).value().total, 2);
  filter.state = "processed";
  EXPECT_EQ(records.ListDocuments(filter).value().documents[0].document, "Manual.txt");
  filter.name_contains = "%";
  EXPECT_EQ(records.ListDocuments(filter).value().total, 0);
  EXPECT_TRUE(records.IsContentUsed(first.content_sha256).value());
  ASSERT_TRUE(records.MarkDeleting(first.document_id).ok());
  EXPECT_THAT(records.Deleting().value(), ElementsAre(first.document_id));
  EXPECT_THAT(records.Purge(first.document_id).value(), ElementsAre(first.content_sha256));
  EXPECT_FALSE(records.IsContentUsed(first.content_sha256).value());
}

TEST_F(MetadataOnPostgresTest, AServerThatWasKilledIsFoundAgain) {
  auto store = Open(Url()).value();
  const int64_t before = Take(*store).value();
  ASSERT_TRUE(Server().Kill().ok());
  const auto away = Take(*store);
  ASSERT_FALSE(away.ok());
  EXPECT_EQ(away.error().code, Code::kUnavailable) << away.error().message;
  EXPECT_THAT(away.error().message, Not(HasSubstr("hush")));
  EXPECT_EQ(Open(Url()).error().code, Code::kUnavailable);
  ASSERT_TRUE(Server().StartAgain().ok());
  EXPECT_GT(Take(*store).value(), before);
  // One that was restarted between two transactions is not even noticed.
  ASSERT_TRUE(Server().Kill().ok());
  ASSERT_TRUE(Server().StartAgain().ok());
  EXPECT_TRUE(Take(*store).ok());
}

TEST_F(MetadataOnPostgresTest, AServerThatFallsSilentHoldsNobodyForLong) {
  const auto gate = TcpGate::Open("127.0.0.1", Server().port()).value();
  auto store = Open(Url(name_, gate->port())).value();
  ASSERT_TRUE(Take(*store).ok());
  gate->SetMode(TcpGate::Mode::kStall);
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(Take(*store).error().code, Code::kUnavailable);
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(15));
  gate->SetMode(TcpGate::Mode::kPass);
  EXPECT_TRUE(Take(*store).ok());
}

TEST_F(MetadataOnPostgresTest, AUrlThatIsNoneIsRefusedAndNotRepeated) {
  for (const char* url : {"mysql://u:hush-hush@h/d", "host=x password", "nothing hush-hush"}) {
    const auto refused = Open(Secret<std::string>(url));
    ASSERT_FALSE(refused.ok()) << url;
    EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
    EXPECT_EQ(refused.error().subject, Subject::kConfig);
    EXPECT_THAT(refused.error().message, HasSubstr("metadata.url is no connection string"));
    EXPECT_THAT(refused.error().message, Not(HasSubstr("hush")));
  }
}

}  // namespace
}  // namespace vecgate
