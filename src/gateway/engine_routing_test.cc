// Collections on several engines: which one holds them, what an engine that is away or fails
// leaves, and that a shared store keeps what is another's.
#include "gateway/gateway_fixture.h"

namespace vecgate::gateway {
namespace {

/// A reference engine that can be taken away, fail at creating, and say that its store is shared.
class AwayEngine final : public Engine {
 public:
  bool away = false;
  bool fails_to_create = false;
  std::map<std::string, std::string> seen_properties;

  [[nodiscard]] Capabilities GetCapabilities() const override {
    Capabilities out = engine_.GetCapabilities();
    out.engine = "far";
    out.shared = true;
    return out;
  }
  Result<std::vector<CollectionSpec>> ListCollections(const OpContext& context) override {
    VG_RETURN_IF_ERROR(Reach());
    return engine_.ListCollections(context);
  }
  Status CreateCollection(const OpContext& context, const CollectionSpec& spec) override {
    VG_RETURN_IF_ERROR(Reach());
    seen_properties = spec.properties;
    VG_RETURN_IF_ERROR(engine_.CreateCollection(context, spec));
    if (!fails_to_create) return Ok();
    away = true;  // It did what was asked, and the answer was lost.
    return Unavailable("far away");
  }
  Status DropCollection(const OpContext& context, CollectionId id) override {
    VG_RETURN_IF_ERROR(Reach());
    return engine_.DropCollection(context, id);
  }
  Status CreateIndex(const OpContext& context, CollectionId id, const IndexSpec& index) override {
    return engine_.CreateIndex(context, id, index);
  }
  Status DropIndex(const OpContext& context, CollectionId id, size_t field) override {
    return engine_.DropIndex(context, id, field);
  }
  Result<WriteResult> Write(const OpContext& context, CollectionId id, WriteMode mode,
                            const RowBatch& batch) override {
    VG_RETURN_IF_ERROR(Reach());
    return engine_.Write(context, id, mode, batch);
  }
  Result<DeleteResult> Delete(const OpContext& context, CollectionId id,
                              const DeleteRequest& request) override {
    VG_RETURN_IF_ERROR(Reach());
    return engine_.Delete(context, id, request);
  }
  Result<SearchResult> Search(const OpContext& context, CollectionId id,
                              const SearchRequest& request) override {
    return engine_.Search(context, id, request);
  }
  Result<QueryResult> Query(const OpContext& context, CollectionId id,
                            const QueryRequest& request) override {
    VG_RETURN_IF_ERROR(Reach());
    return engine_.Query(context, id, request);
  }
  Result<IndexInspection> InspectIndex(const OpContext& context, CollectionId id,
                                       const InspectRequest& request) override {
    return engine_.InspectIndex(context, id, request);
  }
  Status RebuildIndexes(const OpContext& context, CollectionId id) override {
    return engine_.RebuildIndexes(context, id);
  }
  Result<CollectionStats> Stats(const OpContext& context, CollectionId id) override {
    return engine_.Stats(context, id);
  }
  Status Flush(const OpContext& context, CollectionId id) override {
    return engine_.Flush(context, id);
  }
  Status CheckHealth(const OpContext&) override { return Reach(); }

 private:
  [[nodiscard]] Status Reach() const { return away ? Unavailable("far away") : Ok(); }

  reference::ReferenceEngine engine_;
};

class EngineRoutingTest : public GatewayFixture {
 protected:
  EngineRoutingTest() { Reopen(); }

  void Reopen(bool with_far = true) {
    std::map<std::string, Engine*> engines{{"reference", &engine_}};
    if (with_far) engines["far"] = &far_;
    gateway_.reset();
    Catalog::Options options;
    options.warn = [this](const std::string& text) { warnings_.push_back(text); };
    auto opened = Gateway::Open(std::make_unique<SqlCatalogStore>(*metadata_),
                                EngineSet(std::move(engines), "reference"), clock_, {}, options);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    gateway_ = std::move(*opened);
  }
  Status CreateOn(const std::string& engine, const std::string& name) {
    CreateCollectionOptions options;
    options.database = "default";
    options.schema = Schema(name);
    options.properties = {{kEngineProperty, engine}, {"other", "x"}};
    return catalog().CreateCollection(context_, std::move(options));
  }
  size_t CountIn(Engine& engine) { return engine.ListCollections(context_).value().size(); }

  AwayEngine far_;
  std::vector<std::string> warnings_;
};

TEST_F(EngineRoutingTest, APropertyNamesTheEngineThatHoldsACollection) {
  ASSERT_TRUE(CreateOn("far", "a").ok());
  EXPECT_EQ(Get("a")->engine, "far");
  using Properties = std::map<std::string, std::string>;
  EXPECT_EQ(far_.seen_properties, (Properties{{"vecgate.engine", "far"}}));
  CreateReady("b");
  EXPECT_EQ(Get("b")->engine, "reference");
  ASSERT_TRUE(Index("a").ok());
  ASSERT_TRUE(catalog().Load("default", "a").ok());
  Insert("a", 1, 4);
  Insert("b", 1, 2);
  Reopen();
  EXPECT_EQ(Get("a")->engine, "far");
  EXPECT_EQ(Count("a"), 4U);
  EXPECT_EQ(Count("b"), 2U);
  EXPECT_EQ(CountIn(far_), 1U);
  EXPECT_EQ(CountIn(engine_), 1U);
  ASSERT_TRUE(catalog().DropCollection(context_, "default", "a").ok());
  EXPECT_EQ(CountIn(far_), 0U);
}

TEST_F(EngineRoutingTest, AnUnknownEngineIsRefusedByName) {
  const Status status = CreateOn("oracle", "a");
  EXPECT_REFUSED(status, Code::kFailedPrecondition,
                 "no engine \"oracle\" is configured here; there are: far, reference");
  EXPECT_FALSE(catalog().Resolve("default", "a").ok());
}

TEST_F(EngineRoutingTest, TheEngineOfACollectionStaysAsItWas) {
  ASSERT_TRUE(CreateOn("far", "a").ok());
  EXPECT_TRUE(CreateOn("far", "a").ok()) << "the same again";
  EXPECT_REFUSED(CreateOn("reference", "a"), Code::kAlreadyExists,
                 "create duplicate collection with different parameters");
  EXPECT_REFUSED(catalog().AlterCollection("default", "a", {{kEngineProperty, "reference"}}, {}),
                 Code::kInvalidArgument, "cannot be altered; collection a is on the engine far");
  EXPECT_REFUSED(catalog().AlterCollection("default", "a", {}, {kEngineProperty}),
                 Code::kInvalidArgument, "cannot be altered");
  EXPECT_TRUE(catalog().AlterCollection("default", "a", {{"other", "y"}}, {}).ok());
}

TEST_F(EngineRoutingTest, OneEngineAwayDoesNotKeepTheOthersFromServing) {
  ASSERT_TRUE(CreateOn("far", "a").ok());
  CreateReady("b");
  far_.away = true;
  Reopen();
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], ::testing::HasSubstr("the far engine cannot be reached"));
  Insert("b", 1, 2);
  EXPECT_EQ(Count("b"), 2U);
  const auto info = Get("a");
  EXPECT_REFUSED(gateway_->Write(context_, *info, WriteMode::kInsert, Rows(*info, 1, 1), ""),
                 Code::kUnavailable, "far away");
  const auto health = CheckEngines(gateway_->engines(), context_);
  ASSERT_EQ(health.size(), 2U);
  EXPECT_EQ(health[0].engine, "far");
  EXPECT_FALSE(health[0].health.ok());
  EXPECT_TRUE(health[1].health.ok());
  far_.away = false;
  EXPECT_TRUE(gateway_->Write(context_, *info, WriteMode::kInsert, Rows(*info, 1, 1), "").ok());
}

TEST_F(EngineRoutingTest, ACollectionOfAnEngineThatIsNotConfiguredIsKeptAndSaysSo) {
  ASSERT_TRUE(CreateOn("far", "a").ok());
  Reopen(/*with_far=*/false);
  const auto info = Get("a");
  EXPECT_REFUSED(gateway_->Write(context_, *info, WriteMode::kInsert, Rows(*info, 1, 1), ""),
                 Code::kFailedPrecondition,
                 "collection a: no engine \"far\" is configured here; there are: reference");
  EXPECT_REFUSED(catalog().DropCollection(context_, "default", "a"), Code::kFailedPrecondition,
                 "no engine \"far\"");
  Reopen();
  EXPECT_TRUE(gateway_->Write(context_, *info, WriteMode::kInsert, Rows(*info, 1, 1), "").ok());
}

TEST_F(EngineRoutingTest, ACreationWhoseAnswerWasLostIsUndoneAtTheNextStart) {
  far_.fails_to_create = true;
  EXPECT_REFUSED(CreateOn("far", "a"), Code::kUnavailable, "far away");
  EXPECT_FALSE(catalog().Resolve("default", "a").ok());
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_THAT(warnings_[0], ::testing::HasSubstr("whose creation failed"));
  far_.away = false;
  EXPECT_EQ(CountIn(far_), 1U);
  // Meanwhile the name is free.
  far_.fails_to_create = false;
  ASSERT_TRUE(CreateOn("far", "a").ok());
  EXPECT_EQ(CountIn(far_), 2U);
  Reopen();
  EXPECT_EQ(CountIn(far_), 1U);
  EXPECT_EQ(far_.ListCollections(context_).value()[0].id, Get("a")->id);
}

TEST_F(EngineRoutingTest, ADropThatTheEngineDidNotHearIsFinishedAtTheNextStart) {
  ASSERT_TRUE(CreateOn("far", "a").ok());
  far_.away = true;
  EXPECT_REFUSED(catalog().DropCollection(context_, "default", "a"), Code::kUnavailable,
                 "far away");
  EXPECT_FALSE(catalog().Resolve("default", "a").ok());
  Reopen();
  far_.away = false;
  EXPECT_EQ(CountIn(far_), 1U) << "it was still away at that start";
  ASSERT_TRUE(CreateOn("far", "a").ok());
  Reopen();
  EXPECT_EQ(CountIn(far_), 1U);
  EXPECT_EQ(far_.ListCollections(context_).value()[0].id, Get("a")->id);
}

TEST_F(EngineRoutingTest, ASharedStoreKeepsWhatOthersHaveInItAndMayHaveLostOurs) {
  ASSERT_TRUE(CreateOn("far", "a").ok());
  CollectionSchema others = Schema("others");
  ASSERT_TRUE(FinishSchema(others).ok());
  ASSERT_TRUE(far_.CreateCollection(context_, {CollectionId{12345}, others}).ok());
  ASSERT_TRUE(far_.DropCollection(context_, Get("a")->id).ok());
  Reopen();
  EXPECT_EQ(CountIn(far_), 1U);
  ASSERT_EQ(warnings_.size(), 1U);
  EXPECT_EQ(warnings_[0], "collection a is in the catalog and not in the far engine");
  EXPECT_TRUE(catalog().DropCollection(context_, "default", "a").ok());
}

TEST_F(EngineRoutingTest, ARecordFromBeforeThereWereSeveralEnginesIsEmbedded) {
  CollectionInfo info;
  info.engine = "far";
  std::string record = ToJson(info);
  for (const char* member : {"\"engine\":\"far\",", ",\"stage\":\"ready\""}) {
    const size_t at = record.find(member);
    ASSERT_NE(at, std::string::npos) << record;
    record.erase(at, std::string(member).size());
  }
  const CollectionInfo old = CollectionInfoFromJson(record).value();
  EXPECT_EQ(old.engine, "embedded");
  EXPECT_EQ(old.stage, LifeStage::kReady);
}

}  // namespace
}  // namespace vecgate::gateway
