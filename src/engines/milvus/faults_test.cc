// A server that is killed, a network that breaks: no acknowledged write is lost, no call outlives
// its deadline, and the engine goes on by itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <set>
#include <thread>

#include "base/pause.h"
#include "engine/conformance/fixture.h"
#include "engine/conformance/tcp_gate.h"
#include "engines/milvus/server_fixture.h"

namespace vecgate::milvus_engine {
namespace {

using conformance::Item;
using conformance::ItemBatch;
using conformance::ItemSchema;
using conformance::Line;
using conformance::TcpGate;
using std::chrono::milliseconds;
using std::chrono::seconds;
using SteadyClock = std::chrono::steady_clock;

constexpr CollectionId kItems{7};
constexpr seconds kGenerous{90};

/// An engine behind a gate, and one collection that is loaded.
class MilvusFaultsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto gate = TcpGate::Open(TestServer().host(), TestServer().port());
    ASSERT_TRUE(gate.ok()) << gate.error().message;
    gate_ = std::move(*gate);
    const std::string name = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    auto engine = MilvusEngine::Open(TestOptions("faults_" + name, gate_->port()));
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    engine_ = std::move(*engine);
    ASSERT_TRUE(engine_->CreateCollection(Generous(), {kItems, ItemSchema()}).ok());
    ASSERT_EQ(Count(), 0U);
  }
  void TearDown() override {
    gate_->SetMode(TcpGate::Mode::kPass);
    const Status dropped = engine_->DropCollection(Generous(), kItems);
    EXPECT_TRUE(dropped.ok()) << dropped.error().message;
  }

  static OpContext Generous() { return OpContext::WithTimeout(kGenerous); }

  uint64_t Count() {
    const auto counted = engine_->Query(Generous(), kItems, {.count_only = true});
    EXPECT_TRUE(counted.ok()) << counted.error().message;
    return counted.ok() ? counted->count : ~uint64_t{0};
  }
  Status Write(const OpContext& context, const std::vector<Item>& items) {
    const auto written = engine_->Write(context, kItems, WriteMode::kUpsert, ItemBatch(items));
    return written.ok() ? Ok() : Status(written.error());
  }
  std::vector<int64_t> Ids() {
    const auto rows = engine_->Query(Generous(), kItems, {});
    EXPECT_TRUE(rows.ok()) << rows.error().message;
    return rows.ok() ? conformance::IdsOf(rows->keys) : std::vector<int64_t>();
  }

  std::unique_ptr<TcpGate> gate_;
  std::unique_ptr<MilvusEngine> engine_;
};

TEST_F(MilvusFaultsTest, AStalledNetworkEndsCallsAtTheirDeadline) {
  ASSERT_TRUE(Write(Generous(), Line(0, 5)).ok());
  gate_->SetMode(TcpGate::Mode::kStall);
  const auto start = SteadyClock::now();
  const auto brief = OpContext::WithTimeout(milliseconds(300));
  const auto found = engine_->Search(brief, kItems, conformance::Near(0, 0, 3));
  const auto queried = engine_->Query(brief, kItems, {});
  const Status written = Write(OpContext::WithTimeout(milliseconds(300)), Line(5, 5));
  ASSERT_FALSE(found.ok() || queried.ok() || written.ok());
  for (const Error& error : {found.error(), queried.error(), written.error()}) {
    EXPECT_EQ(error.code, Code::kDeadlineExceeded) << error.message;
  }
  EXPECT_LT(SteadyClock::now() - start, seconds(10));
  gate_->SetMode(TcpGate::Mode::kPass);
  ASSERT_TRUE(Write(Generous(), Line(5, 5)).ok());
  EXPECT_EQ(Count(), 10U);
}

TEST_F(MilvusFaultsTest, AConnectionThatIsCutMidWriteIsMadeAgain) {
  const uint64_t before = gate_->cuts();
  gate_->CutAfter(TcpGate::Direction::kToServer, 40'000);
  ASSERT_TRUE(Write(Generous(), Line(0, 4000)).ok());
  EXPECT_EQ(gate_->cuts(), before + 1);
  EXPECT_EQ(Count(), 4000U);
  // The request arrives, its answer does not: it is repeated, and each row is there once.
  gate_->CutAfter(TcpGate::Direction::kToClient, 5'000);
  ASSERT_TRUE(Write(Generous(), Line(2000, 4000)).ok());
  EXPECT_EQ(gate_->cuts(), before + 2);
  EXPECT_EQ(Count(), 6000U);
}

TEST_F(MilvusFaultsTest, AReadWhoseConnectionIsCutIsRepeated) {
  ASSERT_TRUE(Write(Generous(), Line(0, 3000)).ok());
  const uint64_t before = gate_->cuts();
  gate_->CutAfter(TcpGate::Direction::kToClient, 3'000);
  EXPECT_EQ(Ids().size(), 3000U);
  EXPECT_EQ(gate_->cuts(), before + 1);
}

TEST_F(MilvusFaultsTest, AServerThatRefusesIsToldInTimeAndFoundAgain) {
  gate_->SetMode(TcpGate::Mode::kRefuse);
  const Status health = engine_->CheckHealth(OpContext::WithTimeout(seconds(5)));
  ASSERT_FALSE(health.ok());
  EXPECT_EQ(health.error().code, Code::kUnavailable) << health.error().message;
  EXPECT_THAT(health.error().message, ::testing::HasSubstr("127.0.0.1"));
  const Status written = Write(OpContext::WithTimeout(milliseconds(500)), Line(0, 3));
  ASSERT_FALSE(written.ok());
  EXPECT_THAT(written.error().code, ::testing::AnyOf(Code::kDeadlineExceeded, Code::kUnavailable));
  EXPECT_THAT(written.error().message, ::testing::HasSubstr("127.0.0.1"));
  gate_->SetMode(TcpGate::Mode::kPass);
  ASSERT_TRUE(Write(Generous(), Line(0, 3)).ok());
  EXPECT_EQ(Count(), 3U);
}

TEST_F(MilvusFaultsTest, AKilledServerLosesNoAcknowledgedWrite) {
  constexpr int64_t kBatch = 10;
  std::atomic<bool> stop{false};
  std::atomic<size_t> taken{0};
  std::set<int64_t> acknowledged;  // Of the writer; read once it has ended.
  std::jthread writer([&] {
    for (int64_t first = 0; !stop; first += kBatch) {
      const auto brief = OpContext::WithTimeout(seconds(2));
      if (!Write(brief, Line(first, kBatch)).ok()) continue;
      for (int64_t id = first; id < first + kBatch; ++id) acknowledged.insert(id);
      ++taken;
    }
  });
  while (taken < 30) Pause(milliseconds(10));
  ASSERT_TRUE(TestServer().Kill().ok());
  const Status down = engine_->CheckHealth(OpContext::WithTimeout(seconds(2)));
  EXPECT_FALSE(down.ok());
  ASSERT_TRUE(TestServer().StartAgain().ok());
  // It goes on by itself: ten batches more are acknowledged than before.
  const size_t before = taken;
  const auto limit = SteadyClock::now() + kGenerous;
  while (taken < before + 10 && SteadyClock::now() < limit) Pause(milliseconds(10));
  stop = true;
  writer.join();
  ASSERT_GE(taken, before + 10);
  const std::vector<int64_t> ids = Ids();
  const std::set<int64_t> there(ids.begin(), ids.end());
  EXPECT_EQ(there.size(), ids.size());
  for (const int64_t id : acknowledged) EXPECT_TRUE(there.contains(id)) << id;
  const auto found = engine_->Search(Generous(), kItems, conformance::Near(0, 0, 3));
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_EQ(conformance::IdsOf(found->keys), (std::vector<int64_t>{0, 1, 2}));
}

TEST(MilvusUnreachableTest, OpensAndSaysWhy) {
  std::string warning;
  MilvusOptions options;
  options.uri = "http://127.0.0.1:9";
  options.grpc_timeout = milliseconds(300);
  options.warn = [&warning](const std::string& text) { warning = text; };
  const auto engine = MilvusEngine::Open(options);
  ASSERT_TRUE(engine.ok());
  EXPECT_THAT(warning, ::testing::HasSubstr("127.0.0.1:9"));
  const auto listed = (*engine)->ListCollections(OpContext());
  ASSERT_FALSE(listed.ok());
  EXPECT_EQ(listed.error().code, Code::kUnavailable) << listed.error().message;
}

}  // namespace
}  // namespace vecgate::milvus_engine
