// What breaks between the engine and its server, on a real one: it is killed, connections are cut
// or go silent, all connections are in use. No acknowledged write is lost, no batch is there by
// half, nothing hangs, and the engine goes on by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <set>
#include <thread>

#include "base/pause.h"
#include "engine/conformance/fixture.h"
#include "engine/conformance/tcp_gate.h"
#include "engines/postgres/connection.h"
#include "engines/postgres/server_fixture.h"

namespace vecgate::postgres {
namespace {

using conformance::Item;
using conformance::ItemBatch;
using conformance::ItemSchema;
using conformance::kPoint;
using conformance::kRank;
using conformance::Line;
using conformance::TcpGate;
using std::chrono::milliseconds;
using std::chrono::seconds;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr CollectionId kItems{7};

OpContext Within(milliseconds limit) { return OpContext::WithTimeout(limit); }

std::unique_ptr<PostgresEngine> OpenEngine(PostgresOptions options) {
  auto engine = PostgresEngine::Open(std::move(options));
  VG_CHECK(engine.ok());
  return std::move(*engine);
}

/// An engine on a schema of its own, with the empty collection kItems.
std::unique_ptr<PostgresEngine> OpenWithItems(PostgresOptions options) {
  auto engine = OpenEngine(std::move(options));
  const Status created = engine->CreateCollection(Within(seconds(30)), {kItems, ItemSchema()});
  EXPECT_TRUE(created.ok()) << created.error().message;
  return engine;
}

/// Rows from `first`, of which each says the version.
RowBatch Version(int64_t first, int64_t rows, int64_t version) {
  std::vector<Item> items = Line(first, rows);
  for (Item& item : items) item.rank = version;
  return ItemBatch(items);
}

/// The version of all rows from `first`; a failure when there is not exactly one.
int64_t VersionOf(Engine& engine, int64_t first, int64_t rows) {
  QueryRequest request;
  request.output_fields = {kRank};
  request.selection.filter =
      conformance::ItemFilter(fmt::format("id >= {} and id < {}", first, first + rows));
  const auto found = engine.Query(Within(seconds(30)), kItems, request);
  EXPECT_TRUE(found.ok()) << found.error().message;
  if (!found.ok()) return -1;
  EXPECT_EQ(found->count, static_cast<uint64_t>(rows));
  const auto& versions = found->columns[0].As<int64_t>();
  EXPECT_EQ(std::set<int64_t>(versions.begin(), versions.end()).size(), 1U);
  return versions.empty() ? -1 : versions[0];
}

/// What one writer was told.
struct Ledger {
  int64_t first = 0;
  int64_t rows = 0;  ///< Few go by INSERT, many by COPY.
  std::atomic<int64_t> acknowledged{0};
  int64_t tried = 0;
};

void WriteOn(Engine& engine, Ledger& ledger, const std::atomic<bool>& stop) {
  for (int64_t version = 1; !stop; ++version) {
    ledger.tried = version;
    const RowBatch batch = Version(ledger.first, ledger.rows, version);
    if (engine.Write(Within(seconds(5)), kItems, WriteMode::kUpsert, batch).ok()) {
      ledger.acknowledged = version;
    }
  }
}

TEST(PostgresFaultsTest, AKilledServerLosesNoAcknowledgedWrite) {
  const auto engine = OpenWithItems(TestOptions("kill"));
  Ledger ledgers[4];
  std::atomic<bool> stop{false};
  std::vector<std::thread> writers;
  for (int64_t i = 0; i < 4; ++i) {
    ledgers[i].first = i * 1000;
    ledgers[i].rows = i % 2 == 0 ? 5 : 60;
    writers.emplace_back([&, i] { WriteOn(*engine, ledgers[i], stop); });
  }
  // Everyone is told `more` writes beyond what they know now.
  const auto await = [&](int64_t more) {
    int64_t known[4];
    for (size_t i = 0; i < 4; ++i) known[i] = ledgers[i].acknowledged;
    const auto limit = std::chrono::steady_clock::now() + seconds(40);
    const auto behind = [&] {
      for (size_t i = 0; i < 4; ++i) {
        if (ledgers[i].acknowledged < known[i] + more) return true;
      }
      return false;
    };
    while (behind() && std::chrono::steady_clock::now() < limit) {
      std::this_thread::yield();
      QueryRequest count;
      count.count_only = true;
      (void)engine->Query(Within(seconds(5)), kItems, count).ok();
    }
    EXPECT_FALSE(behind()) << "writers did not go on";
  };
  for (int kills = 0; kills < 2; ++kills) {
    await(8);
    const Status killed = TestServer().Kill();
    ASSERT_TRUE(killed.ok()) << killed.error().message;
    const Status again = TestServer().StartAgain();
    ASSERT_TRUE(again.ok()) << again.error().message;
    await(3);
  }
  stop = true;
  for (std::thread& writer : writers) writer.join();
  for (const Ledger& ledger : ledgers) {
    const int64_t version = VersionOf(*engine, ledger.first, ledger.rows);
    EXPECT_GE(version, ledger.acknowledged);
    EXPECT_LE(version, ledger.tried);
  }
}

class GatedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto gate = TcpGate::Open(TestServer().host(), TestServer().port());
    ASSERT_TRUE(gate.ok()) << gate.error().message;
    gate_ = std::move(*gate);
  }
  [[nodiscard]] PostgresOptions Gated(const std::string& schema) const {
    return TestOptions(schema, gate_->port());
  }
  std::unique_ptr<TcpGate> gate_;
};

// The connection is cut after so many bytes of a write: in its BEGIN, in its rows, before its
// COMMIT, in its acknowledgement.
void CutWrites(TcpGate& gate, PostgresOptions options, int64_t rows,
               const std::vector<uint64_t>& out, const std::vector<uint64_t>& in) {
  options.max_attempts = 1;
  options.max_connections = 1;
  // Looks at the rows past the gate.
  const auto witness = OpenEngine(TestOptions(options.schema));
  const auto engine = OpenWithItems(std::move(options));
  int64_t version = 0;
  const auto write = [&] {
    return engine->Write(Within(seconds(20)), kItems, WriteMode::kUpsert,
                         Version(0, rows, version));
  };
  ASSERT_TRUE(write().ok());
  uint64_t failed = 0;
  const auto cut_after = [&](TcpGate::Direction direction, uint64_t bytes) {
    SCOPED_TRACE(fmt::format("cut after {} bytes {}", bytes,
                             direction == TcpGate::Direction::kToServer ? "out" : "in"));
    ++version;
    gate.CutAfter(direction, bytes);
    const auto cut = write();
    if (!cut.ok()) {
      ++failed;
      EXPECT_EQ(cut.error().code, Code::kUnavailable) << cut.error().message;
      EXPECT_THAT(cut.error().message, Not(HasSubstr("hush-hush")));
    }
    // The batch of this version, or the one before it: VersionOf asserts that it is of one.
    EXPECT_THAT(VersionOf(*witness, 0, rows), AnyOf(Eq(version), Eq(version - 1)));
    // When fewer bytes than these went, the cut comes only now.
    ASSERT_TRUE(write().ok() || write().ok());
    EXPECT_EQ(VersionOf(*witness, 0, rows), version);
  };
  for (const uint64_t bytes : out) cut_after(TcpGate::Direction::kToServer, bytes);
  for (const uint64_t bytes : in) cut_after(TcpGate::Direction::kToClient, bytes);
  EXPECT_EQ(failed, out.size() + in.size()) << "a write was not cut";
}

TEST_F(GatedTest, ACopyThatIsCutIsThereWholeOrNotAtAll) {
  CutWrites(*gate_, Gated("cut_copy"), 300, {1, 30, 60, 500, 4000, 12000, 16000}, {1, 20, 60, 100});
}

TEST_F(GatedTest, APipelineThatIsCutIsThereWholeOrNotAtAll) {
  CutWrites(*gate_, Gated("cut_pipeline"), 10, {1, 15, 60, 200, 500, 900}, {1, 20, 60, 100});
}

TEST_F(GatedTest, ACutIsNotSeenByCallsThatMayTryAgain) {
  const auto engine = OpenWithItems(Gated("cut_unseen"));
  for (int64_t version = 0; version < 6; ++version) {
    const int64_t rows = version % 2 == 0 ? 10 : 200;
    gate_->CutAfter(version < 3 ? TcpGate::Direction::kToServer : TcpGate::Direction::kToClient,
                    static_cast<uint64_t>(40 * version + 1));
    const auto written =
        engine->Write(Within(seconds(20)), kItems, WriteMode::kUpsert, Version(0, rows, version));
    EXPECT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(VersionOf(*engine, 0, rows), version);
  }
  gate_->CutAll();
  EXPECT_EQ(VersionOf(*engine, 0, 10), 5);
}

TEST_F(GatedTest, ASilentServerHoldsNobodyPastTheDeadline) {
  const auto engine = OpenWithItems(Gated("stall"));
  ASSERT_TRUE(
      engine->Write(Within(seconds(20)), kItems, WriteMode::kUpsert, Version(0, 5, 1)).ok());
  gate_->SetMode(TcpGate::Mode::kStall);
  // The first on a connection that is there, the others on new ones.
  for (int i = 0; i < 3; ++i) {
    const auto begun = std::chrono::steady_clock::now();
    const auto found =
        engine->Search(Within(milliseconds(300)), kItems, conformance::Near(0, 0, 3));
    ASSERT_FALSE(found.ok());
    EXPECT_EQ(found.error().code, Code::kDeadlineExceeded) << found.error().message;
    EXPECT_LT(std::chrono::steady_clock::now() - begun, seconds(3));
  }
  std::atomic<bool> cancelled{false};
  OpContext context;
  context.cancelled = &cancelled;
  std::thread caller([&] {
    const auto written = engine->Write(context, kItems, WriteMode::kUpsert, Version(0, 100, 2));
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, Code::kCancelled) << written.error().message;
  });
  cancelled = true;
  caller.join();
  gate_->SetMode(TcpGate::Mode::kPass);
  EXPECT_EQ(VersionOf(*engine, 0, 5), 1);
}

TEST(PostgresFaultsTest, AHundredCallersShareFewConnections) {
  PostgresOptions options = TestOptions("crowd");
  options.max_connections = 4;
  const auto engine = OpenWithItems(std::move(options));
  ASSERT_TRUE(
      engine->Write(Within(seconds(20)), kItems, WriteMode::kUpsert, Version(0, 50, 1)).ok());
  std::atomic<int> served{0};
  std::vector<std::thread> callers;
  for (int64_t i = 0; i < 100; ++i) {
    callers.emplace_back([&, i] {
      const auto x = static_cast<float>(i % 50);
      const auto found = engine->Search(Within(seconds(60)), kItems, conformance::Near(x, 0, 1));
      if (found.ok() && conformance::IdsOf(found->keys) == std::vector<int64_t>{i % 50}) ++served;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(served, 100);
}

std::unique_ptr<Connection> Admin(const std::string& database = "postgres") {
  const std::string dsn =
      fmt::format("host=127.0.0.1 port={} user=postgres dbname={}", TestServer().port(), database);
  auto opened = Connection::Open(Within(seconds(20)), {.dsn = Secret<std::string>(dsn)});
  VG_CHECK(opened.ok());
  return std::move(*opened);
}

void Tell(Connection& connection, const std::string& sql) {
  const auto done = connection.Run(Within(seconds(30)), Statement{.sql = sql});
  EXPECT_TRUE(done.ok()) << sql << ": " << done.error().message;
}

TEST(PostgresFaultsTest, AFullPoolIsWaitedForNoLongerThanItSays) {
  PostgresOptions options = TestOptions("full");
  options.max_connections = 2;
  options.pool_wait = milliseconds(200);
  const auto engine = OpenWithItems(std::move(options));
  const auto admin = Admin();
  Tell(*admin, "BEGIN");
  Tell(*admin, "LOCK TABLE \"full\".c_7 IN ACCESS EXCLUSIVE MODE");
  std::atomic<int> refused{0};
  std::atomic<int> late{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 20; ++i) {
    callers.emplace_back([&] {
      const auto found = engine->Search(Within(seconds(2)), kItems, conformance::Near(0, 0, 1));
      ASSERT_FALSE(found.ok());
      if (found.error().code == Code::kDeadlineExceeded) ++late;
      if (found.error().code != Code::kResourceExhausted) return;
      EXPECT_THAT(found.error().message, HasSubstr("all 2 connections to PostgreSQL were in use"));
      EXPECT_THAT(found.error().message, HasSubstr("postgres.max_connections"));
      ++refused;
    });
  }
  for (std::thread& caller : callers) caller.join();
  // Two had the connections, until their own deadline.
  EXPECT_EQ(late, 2);
  EXPECT_EQ(refused, 18);
  Tell(*admin, "ROLLBACK");
  EXPECT_TRUE(engine->Search(Within(seconds(20)), kItems, conformance::Near(0, 0, 1)).ok());
}

TEST(PostgresFaultsTest, AnIndexMayTakeLongerThanOtherCalls) {
  PostgresOptions options = TestOptions("f_SlowIndex");
  options.max_wait = seconds(2);
  const auto engine = OpenWithItems(std::move(options));
  OtherClient other(TestServer().port());
  other.Do("BEGIN");
  // What stops writes, and the building of an index with them.
  other.Do("LOCK TABLE \"f_SlowIndex\".c_7 IN SHARE ROW EXCLUSIVE MODE");
  const auto began = std::chrono::steady_clock::now();
  const std::jthread lets_go([&] {
    Pause(seconds(4));
    other.Do("COMMIT");
  });
  const Status built = engine->CreateIndex(
      Within(seconds(60)), kItems,
      {.field = kPoint, .type = IndexType::kHnsw, .metric = Metric::kL2, .params = {}});
  EXPECT_TRUE(built.ok()) << built.error().message;
  EXPECT_GE(std::chrono::steady_clock::now() - began, seconds(3));
}

TEST(PostgresFaultsTest, OpensWhileTheServerIsDownAndServesOnceItIsUp) {
  ASSERT_TRUE(TestServer().Kill().ok());
  PostgresOptions options = TestOptions("late");
  std::string warning;
  options.warn = [&](const std::string& text) { warning = text; };
  const auto engine = OpenEngine(std::move(options));
  EXPECT_THAT(warning, HasSubstr("PostgreSQL does not serve yet"));
  EXPECT_THAT(warning, Not(HasSubstr("hush-hush")));
  const Status down = engine->CheckHealth(Within(seconds(5)));
  ASSERT_FALSE(down.ok());
  EXPECT_THAT(down.error().code, AnyOf(Code::kUnavailable, Code::kDeadlineExceeded));
  ASSERT_TRUE(TestServer().StartAgain().ok());
  EXPECT_TRUE(engine->CheckHealth(Within(seconds(20))).ok());
  EXPECT_TRUE(engine->CreateCollection(Within(seconds(20)), {kItems, ItemSchema()}).ok());
}

/// What Open says to a role, a database, or a catalog that is not as it should be.
Error OpenError(const std::string& role, const std::string& database, const std::string& schema) {
  PostgresOptions options;
  options.dsn =
      Secret<std::string>(fmt::format("host=127.0.0.1 port={} user={} dbname={} password=hush-hush",
                                      TestServer().port(), role, database));
  options.schema = schema;
  const auto opened = PostgresEngine::Open(std::move(options));
  if (opened.ok()) return Internal("it opened");
  EXPECT_EQ(opened.error().subject, Subject::kConfig) << opened.error().message;
  EXPECT_THAT(opened.error().message, Not(HasSubstr("hush-hush")));
  return opened.error();
}

void ExpectToMend(const Error& error, const std::string& what, const std::string& statement) {
  EXPECT_EQ(error.code, Code::kFailedPrecondition) << error.message;
  EXPECT_THAT(error.message, HasSubstr(what));
  EXPECT_THAT(error.message, HasSubstr(statement));
}

TEST(PostgresFaultsTest, WhatADatabaseLacksIsSaidWithTheStatementThatMendsIt) {
  const auto admin = Admin();
  Tell(*admin, "CREATE ROLE limited LOGIN");
  Tell(*admin, "CREATE DATABASE bare");
  const auto bare = Admin("bare");
  ExpectToMend(OpenError("limited", "bare", "vg"), "lacks the extension pgvector",
               "CREATE EXTENSION vector;");
  Tell(*bare, "CREATE EXTENSION vector");
  ExpectToMend(OpenError("limited", "bare", "vg"), "has no catalog of vecgate yet",
               "CREATE SCHEMA \"vg\" AUTHORIZATION");
  Tell(*bare, "CREATE SCHEMA vg AUTHORIZATION limited");
  EXPECT_EQ(OpenError("limited", "bare", "vg").message, "it opened");
}

TEST(PostgresFaultsTest, ACatalogOfOthersIsRefused) {
  OpenEngine(TestOptions("others"));
  const auto admin = Admin();
  Tell(*admin, "CREATE ROLE stranger LOGIN");
  Tell(*admin, "GRANT USAGE ON SCHEMA others TO stranger");
  ExpectToMend(OpenError("stranger", "postgres", "others"), "may not read the catalog",
               "GRANT ALL ON SCHEMA \"others\"");
  Tell(*admin, "UPDATE others.format SET version = 99");
  ExpectToMend(OpenError("postgres", "postgres", "others"), "is of format 99",
               "another postgres.schema");
}

TEST(PostgresFaultsTest, AnUnfitServerIsRefused) {
  const auto admin = Admin();
  Tell(*admin, "CREATE DATABASE latin ENCODING 'LATIN1' TEMPLATE template0");
  ExpectToMend(OpenError("postgres", "latin", "vg"), "is encoded in LATIN1", "ENCODING 'UTF8'");
  Tell(*admin, "CREATE DATABASE old");
  const auto old = Admin("old");
  Tell(*old, "CREATE EXTENSION vector");
  Tell(*old, "SET allow_system_table_mods = on");
  Tell(*old, "UPDATE pg_extension SET extversion = '0.7.4' WHERE extname = 'vector'");
  ExpectToMend(OpenError("postgres", "old", "vg"), "has pgvector 0.7.4",
               "ALTER EXTENSION vector UPDATE;");
  EXPECT_EQ(OpenError("postgres", "no_such_database", "vg").code, Code::kFailedPrecondition);
}

}  // namespace
}  // namespace vecgate::postgres
