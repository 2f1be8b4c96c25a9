// DDL beside an engine that takes its time to build an index.
#include <chrono>
#include <future>
#include <latch>

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
  ~IndexBuildTest() override {
    if (!patient_.may_end.try_wait()) patient_.may_end.count_down();
  }
  static OpContext Shortly() { return OpContext::WithTimeout(std::chrono::milliseconds(50)); }

  PatientEngine patient_;
  std::future<Status> building_;
};

TEST_F(IndexBuildTest, OtherCollectionsAreMadeAndDroppedMeanwhile) {
  EXPECT_TRUE(Create(Schema("other")).ok());
  EXPECT_TRUE(catalog().DropCollection(Shortly(), "default", "other").ok());
  EXPECT_TRUE(catalog().CreatePartition("default", "slow", "p").ok());
  EXPECT_TRUE(catalog().RenameCollection("default", "slow", "default", "renamed").ok());
  patient_.may_end.count_down();
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
  patient_.may_end.count_down();
  EXPECT_TRUE(building_.get().ok());
  EXPECT_TRUE(again.get().ok());
  EXPECT_EQ(Get("slow")->indexes.size(), 1U);
  EXPECT_TRUE(catalog().DropCollection(context_, "default", "slow").ok());
}

}  // namespace
}  // namespace vecgate::gateway
