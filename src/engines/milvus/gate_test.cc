#include "engines/milvus/gate.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace vecgate::milvus_engine {
namespace {

using std::chrono::milliseconds;

OpContext Soon() { return OpContext::WithTimeout(milliseconds(50)); }

TEST(GateTest, OnesOwnKindMayPassBesideAndOthersMayNot) {
  Gate gate;
  const auto reader = gate.Enter(OpContext(), Gate::Kind::kRead);
  const auto another = gate.Enter(Soon(), Gate::Kind::kRead);
  EXPECT_TRUE(reader.ok() && another.ok());
  const auto writer = gate.Enter(Soon(), Gate::Kind::kWrite);
  ASSERT_FALSE(writer.ok());
  EXPECT_EQ(writer.error().code, Code::kDeadlineExceeded);
}

TEST(GateTest, OneAloneIsAlone) {
  Gate gate;
  const auto alone = gate.Enter(OpContext(), Gate::Kind::kAlone);
  ASSERT_TRUE(alone.ok());
  for (const Gate::Kind kind : {Gate::Kind::kRead, Gate::Kind::kWrite, Gate::Kind::kAlone}) {
    EXPECT_FALSE(gate.Enter(Soon(), kind).ok());
  }
}

TEST(GateTest, WhoGivesUpLetsThoseBehindPass) {
  Gate gate;
  const auto reader = gate.Enter(OpContext(), Gate::Kind::kRead);
  std::jthread writer([&] { EXPECT_FALSE(gate.Enter(Soon(), Gate::Kind::kWrite).ok()); });
  // Behind the writer, or before it: it comes in once the writer has given up.
  EXPECT_TRUE(gate.Enter(OpContext::WithTimeout(std::chrono::seconds(20)), Gate::Kind::kRead).ok());
}

TEST(GateTest, NobodyIsInsideWithAnotherKind) {
  Gate gate;
  std::atomic<int> readers{0};
  std::atomic<int> writers{0};
  std::atomic<bool> clash{false};
  std::vector<std::jthread> threads;
  for (int i = 0; i < 6; ++i) {
    threads.emplace_back([&, reads = i % 2 == 0] {
      std::atomic<int>& own = reads ? readers : writers;
      std::atomic<int>& other = reads ? writers : readers;
      for (int round = 0; round < 300; ++round) {
        const auto pass = gate.Enter(OpContext(), reads ? Gate::Kind::kRead : Gate::Kind::kWrite);
        ++own;
        if (other > 0) clash = true;
        --own;
      }
    });
  }
  threads.clear();
  EXPECT_FALSE(clash);
}

}  // namespace
}  // namespace vecgate::milvus_engine
