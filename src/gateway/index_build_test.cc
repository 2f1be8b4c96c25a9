// DDL beside an engine that takes its time to build an index.
#include <chrono>
#include <functional>
#include <future>
#include <latch>
#include <utility>

#include "base/check.h"
#include "gateway/gateway_fixture.h"

namespace vecgate::gateway {
namespace {

using ::testing::HasSubstr;

/// Builds no index before it is let go.
class PatientEngine final : public reference::ReferenceEngine {
 public:
  Status CreateIndex(const OpContext& context, CollectionId collection,
                     const IndexSpec& index) override {
    begun.count_down();
    may_end.wait();
    return ReferenceEngine::CreateIndex(context, collection, index);
  }
  std::latch begun{1};
  std::latch may_end{1};
};

class IndexBuildTest : public GatewayFixture {
 protected:
  IndexBuildTest() {
    auto opened = Gateway::Open(std::make_unique<SqlCatalogStore>(*metadata_), EngineSet(patient_),
                                clock_, {});
    VG_CHECK(opened.ok());
    gateway_ = std::move(*opened);
    VG_CHECK(Create(Schema("slow")).ok());
    building_ = std::async(std::launch::async, [this] { return Index("slow"); });
    patient_.begun.wait();
  }
  ~IndexBuildTest() override { LetGo(); }

  void LetGo() {
    if (!std::exchange(let_go_, true)) patient_.may_end.count_down();
  }
  /// Does `ddl`, which is not to wait for the index.
  void Meanwhile(const std::function<Status()>& ddl) {
    auto done = std::async(std::launch::async, ddl);
    if (done.wait_for(std::chrono::seconds(20)) != std::future_status::ready) {
      ADD_FAILURE() << "it waits for the index";
      LetGo();
    }
    EXPECT_TRUE(done.get().ok());
  }
  static OpContext Shortly() { return OpContext::WithTimeout(std::chrono::milliseconds(50)); }

  PatientEngine patient_;
  std::future<Status> building_;
  bool let_go_ = false;
};

TEST_F(IndexBuildTest, OtherCollectionsAreMadeAndDroppedMeanwhile) {
  Meanwhile([this] { return Create(Schema("other")); });
  Meanwhile([this] { return catalog().DropCollection(Shortly(), "default", "other"); });
  Meanwhile([this] { return catalog().CreatePartition("default", "slow", "p"); });
  Meanwhile([this] { return catalog().RenameCollection("default", "slow", "default", "renamed"); });
  LetGo();
  ASSERT_TRUE(building_.get().ok());
  EXPECT_EQ(Get("renamed")->indexes.size(), 1U);
  EXPECT_NE(Get("renamed")->FindPartition("p"), nullptr);
}

TEST_F(IndexBuildTest, WhatConcernsThatCollectionWaitsAsLongAsItsCallerDoes) {
  const Status dropped = catalog().DropCollection(Shortly(), "default", "slow");
  ASSERT_FALSE(dropped.ok());
  EXPECT_EQ(dropped.error().code, Code::kDeadlineExceeded);
  EXPECT_THAT(dropped.error().message, HasSubstr("an index of collection slow is being built"));
  const Status index_dropped = catalog().DropIndex(Shortly(), "default", "slow", "v");
  ASSERT_FALSE(index_dropped.ok());
  EXPECT_EQ(index_dropped.error().code, Code::kDeadlineExceeded);

  auto again = std::async(std::launch::async, [this] { return Index("slow"); });
  LetGo();
  EXPECT_TRUE(building_.get().ok());
  EXPECT_TRUE(again.get().ok());
  EXPECT_EQ(Get("slow")->indexes.size(), 1U);
  EXPECT_TRUE(catalog().DropCollection(context_, "default", "slow").ok());
}

}  // namespace
}  // namespace vecgate::gateway
