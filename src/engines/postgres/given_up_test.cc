// A write whose caller gave up may still be under way at the server: it must not come true later
// than what is written afterwards.
#include <gtest/gtest.h>

#include <map>

#include "engine/conformance/tcp_gate.h"
#include "engines/postgres/notes_fixture.h"
#include "engines/postgres/server_fixture.h"

namespace vecgate::postgres {
namespace {

using conformance::TcpGate;
using std::chrono::milliseconds;

constexpr milliseconds kShort{300};

std::unique_ptr<PostgresEngine> Open(PostgresOptions options) {
  auto engine = PostgresEngine::Open(std::move(options));
  EXPECT_TRUE(engine.ok()) << MessageOf(engine);
  VG_CHECK(engine.ok());
  return std::move(*engine);
}

std::unique_ptr<TcpGate> OpenGate(const conformance::ServiceProcess& server) {
  auto gate = TcpGate::Open(server.host(), server.port());
  VG_CHECK(gate.ok());
  return std::move(*gate);
}

std::string SchemaOfThisTest() {
  return std::string("f_") + ::testing::UnitTest::GetInstance()->current_test_info()->name();
}

/// A schema of at most 63 bytes, which long names of tests go beyond.
PostgresOptions OptionsOfThisTest(uint16_t port) {
  return TestOptions(SchemaOfThisTest().substr(0, 60), port);
}

void CreateNotes(Engine& engine) {
  const Status created = engine.CreateCollection(OpContext{}, {kNotes, NoteSchema()});
  ASSERT_TRUE(created.ok()) << MessageOf(created);
}

/// The versions that rows have, and how many rows have each.
std::map<int64_t, int64_t> VersionsIn(Engine& engine, int64_t first, int64_t count) {
  QueryRequest request;
  request.output_fields = {kNoteVersion};
  request.selection.filter =
      *filter::Compile(fmt::format("id >= {} and id < {}", first, first + count), NoteSchema());
  const auto rows = engine.Query(OpContext::WithTimeout(std::chrono::seconds(30)), kNotes, request);
  EXPECT_TRUE(rows.ok()) << MessageOf(rows);
  std::map<int64_t, int64_t> out;
  if (!rows.ok()) return out;
  for (const int64_t version : rows->columns[0].As<int64_t>()) ++out[version];
  return out;
}

/// An engine behind a gate, and one that sees the database past it.
class GivenUpTest : public ::testing::Test {
 protected:
  void SetUp() override {
    PostgresOptions options = OptionsOfThisTest(gate_->port());
    options.max_connections = 2;
    engine_ = Open(std::move(options));
    beside_ = Open(OptionsOfThisTest(TestServer().port()));
    CreateNotes(*engine_);
  }

  const std::unique_ptr<TcpGate> gate_ = OpenGate(TestServer());
  std::unique_ptr<PostgresEngine> engine_;
  std::unique_ptr<PostgresEngine> beside_;
};

TEST_F(GivenUpTest, AWriteThatWasGivenUpNeverOvertakesALaterOne) {
  for (int64_t round = 0; round < 5; ++round) {
    for (const int64_t rows : {5, 100}) {
      SCOPED_TRACE(fmt::format("round {}, {} rows", round, rows));
      const int64_t version = round * 10;
      ASSERT_TRUE(WriteNotes(*engine_, 0, rows, version).ok());
      gate_->SetMode(TcpGate::Mode::kStall);
      const auto given_up =
          WriteNotes(*engine_, 0, rows, version + 1, OpContext::WithTimeout(milliseconds(60)));
      ASSERT_FALSE(given_up.ok());
      EXPECT_EQ(given_up.error().code, Code::kDeadlineExceeded);
      // What was on its way goes on to the server now.
      gate_->SetMode(TcpGate::Mode::kPass);
      const auto later = WriteNotes(*engine_, 0, rows, version + 2);
      ASSERT_TRUE(later.ok()) << MessageOf(later);
      OtherClient other(TestServer().port());
      const std::string sessions = fmt::format(
          "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'vecgate' AND state <> "
          "'idle' AND query LIKE '%{}%' AND pid <> pg_backend_pid()",
          SchemaOfThisTest().substr(0, 60));
      EXPECT_EQ(other.Number(sessions), 0);
      EXPECT_EQ(VersionsIn(*beside_, 0, rows), (std::map<int64_t, int64_t>{{version + 2, rows}}));
    }
  }
}

TEST_F(GivenUpTest, ASessionThatWaitsForALockIsEndedBeforeTheNextCallGoesOn) {
  ASSERT_TRUE(WriteNotes(*engine_, 0, 5, 1).ok());
  OtherClient other(TestServer().port());
  const std::string table = "\"" + SchemaOfThisTest().substr(0, 60) + "\".c_1";
  other.Do("BEGIN");
  other.Do("UPDATE " + table + " SET version = 9 WHERE id = 3");
  const auto given_up = WriteNotes(*engine_, 0, 5, 2, OpContext::WithTimeout(kShort));
  ASSERT_FALSE(given_up.ok());
  EXPECT_EQ(given_up.error().code, Code::kDeadlineExceeded);
  ASSERT_TRUE(engine_->CheckHealth(OpContext{}).ok());
  EXPECT_EQ(other.Number("SELECT count(*) FROM pg_locks l WHERE NOT granted"), 0);
  other.Do("COMMIT");
  EXPECT_EQ(VersionsIn(*beside_, 0, 5), (std::map<int64_t, int64_t>{{1, 4}, {9, 1}}));
}

}  // namespace
}  // namespace vecgate::postgres
