// Collections and indexes: create, list, drop, refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

void CreatesListsAndDrops(Fixture& f) {
  Engine& engine = f.engine();
  const OpContext& context = f.context();
  EXPECT_TRUE(engine.CreateCollection(context, {CollectionId{9}, TextKeySchema()}).ok());
  EXPECT_TRUE(engine.CreateCollection(context, {CollectionId{2}, ItemSchema()}).ok());
  auto listed = engine.ListCollections(context);
  ASSERT_TRUE(listed.ok());
  ASSERT_EQ(listed->size(), 2U);
  EXPECT_EQ((*listed)[0].id, CollectionId{2});
  EXPECT_EQ((*listed)[1].id, CollectionId{9});
  EXPECT_EQ(SchemaToJson((*listed)[0].schema), SchemaToJson(ItemSchema()));

  const Status again = engine.CreateCollection(context, {CollectionId{9}, ItemSchema()});
  ASSERT_FALSE(again.ok());
  EXPECT_EQ(again.error().code, Code::kAlreadyExists);

  EXPECT_TRUE(engine.DropCollection(context, CollectionId{9}).ok());
  EXPECT_TRUE(engine.DropCollection(context, CollectionId{9}).ok());
  listed = engine.ListCollections(context);
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->size(), 1U);
}

void DroppedRowsAreGone(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  EXPECT_TRUE(f.engine().DropCollection(f.context(), Fixture::kItems).ok());
  f.CreateItems();
  EXPECT_EQ(f.Count(), 0U);
  EXPECT_THAT(f.Hits(Near(0, 0, 5)), ::testing::IsEmpty());
}

void ExpectNoCollection(const Error& error) {
  EXPECT_EQ(error.code, Code::kNotFound) << error.message;
  EXPECT_EQ(error.subject, Subject::kCollection) << error.message;
}

void UnknownCollectionIsNotFound(Fixture& f) {
  constexpr CollectionId kNone{12345};
  Engine& engine = f.engine();
  const OpContext& context = f.context();
  const IndexSpec index{
      .field = kPoint, .type = IndexType::kFlat, .metric = Metric::kL2, .params = {}};
  const auto created = engine.CreateIndex(context, kNone, index);
  const auto dropped = engine.DropIndex(context, kNone, kPoint);
  const auto written = engine.Write(context, kNone, WriteMode::kInsert, ItemBatch(Line(0, 1)));
  const auto deleted = engine.Delete(context, kNone, {.keys = Keys({1}), .selection = {}});
  const auto found = engine.Search(context, kNone, Near(0, 0, 1));
  const auto queried = engine.Query(context, kNone, {});
  const auto stats = engine.Stats(context, kNone);
  const auto flushed = engine.Flush(context, kNone);
  ASSERT_FALSE(created.ok() || dropped.ok() || written.ok() || deleted.ok());
  ASSERT_FALSE(found.ok() || queried.ok() || stats.ok() || flushed.ok());
  for (const Error& error : {created.error(), dropped.error(), written.error(), deleted.error(),
                             found.error(), queried.error(), stats.error(), flushed.error()}) {
    ExpectNoCollection(error);
  }
}

constexpr IndexType kAllVectorIndexes[] = {
    IndexType::kAuto,    IndexType::kFlat,          IndexType::kIvfFlat, IndexType::kIvfSq8,
    IndexType::kIvfPq,   IndexType::kHnsw,          IndexType::kHnswSq,  IndexType::kHnswPq,
    IndexType::kBinFlat, IndexType::kSparseInverted};

void BuildsTheIndexesItNamesAndRefusesOthers(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 50));
  const std::vector<IndexType> known = f.engine().GetCapabilities().vector_indexes;
  EXPECT_FALSE(known.empty());
  for (const IndexType type : kAllVectorIndexes) {
    const IndexSpec index{.field = kPoint, .type = type, .metric = Metric::kL2, .params = {}};
    const Status status = f.engine().CreateIndex(f.context(), Fixture::kItems, index);
    if (std::find(known.begin(), known.end(), type) != known.end()) {
      EXPECT_TRUE(status.ok()) << status.error().message;
      EXPECT_EQ(f.Hits(Near(20, 0, 1)), std::vector<int64_t>{20}) << IndexTypeName(type);
      EXPECT_TRUE(f.engine().DropIndex(f.context(), Fixture::kItems, kPoint).ok());
      continue;
    }
    ASSERT_FALSE(status.ok()) << IndexTypeName(type);
    EXPECT_EQ(status.error().code, Code::kUnimplemented);
    EXPECT_EQ(status.error().subject, Subject::kIndex);
    for (const IndexType available : known) {
      EXPECT_THAT(status.error().message, HasSubstr(std::string(IndexTypeName(available))));
    }
  }
}

struct ScalarIndex {
  IndexType type;
  size_t field;
  size_t wrong_field;  ///< One that no engine takes for this type.
};

constexpr ScalarIndex kAllScalarIndexes[] = {{IndexType::kAuto, kTags, kInfo},
                                             {IndexType::kInverted, kColor, kInfo},
                                             {IndexType::kBitmap, kColor, kId},
                                             {IndexType::kStlSort, kRank, kColor},
                                             {IndexType::kTrie, kColor, kRank}};

void BuildsTheScalarIndexesItNames(Fixture& f) {
  f.CreateItems();
  const std::vector<IndexType> known = f.engine().GetCapabilities().scalar_indexes;
  const auto create = [&](IndexType type, size_t field) {
    return f.engine().CreateIndex(
        f.context(), Fixture::kItems,
        {.field = field, .type = type, .metric = Metric::kL2, .params = {}});
  };
  for (const auto& [type, field, wrong_field] : kAllScalarIndexes) {
    const Status status = create(type, field);
    const bool has = std::find(known.begin(), known.end(), type) != known.end();
    EXPECT_EQ(status.ok(), has) << IndexTypeName(type);
    if (!has) {
      EXPECT_EQ(status.error().code, Code::kUnimplemented);
      continue;
    }
    const auto stats = f.engine().Stats(f.context(), Fixture::kItems);
    ASSERT_TRUE(stats.ok() && stats->indexes.size() == 1) << IndexTypeName(type);
    EXPECT_EQ(stats->indexes[0].field, field);
    EXPECT_EQ(stats->indexes[0].spec.type, type);
    const Status wrong = create(type, wrong_field);
    ASSERT_FALSE(wrong.ok()) << IndexTypeName(type);
    EXPECT_EQ(wrong.error().code, Code::kInvalidArgument);
    EXPECT_EQ(wrong.error().subject, Subject::kIndex);
    EXPECT_TRUE(f.engine().DropIndex(f.context(), Fixture::kItems, field).ok());
  }
}

void StatsTellRowsPartitionsAndIndexes(Fixture& f) {
  f.CreateItems();
  std::vector<Item> items = Line(0, 10);
  items[3].partition = 4;
  f.Write(items);
  f.Delete({.keys = Keys({0}), .selection = {}});
  const IndexSpec index{
      .field = kPoint, .type = IndexType::kFlat, .metric = Metric::kCosine, .params = {}};
  ASSERT_TRUE(f.engine().CreateIndex(f.context(), Fixture::kItems, index).ok());
  auto stats = f.engine().Stats(f.context(), Fixture::kItems);
  ASSERT_TRUE(stats.ok()) << stats.error().message;
  EXPECT_EQ(stats->rows, 9U);
  EXPECT_EQ(stats->rows_by_partition[0], 8U);
  EXPECT_EQ(stats->rows_by_partition[4], 1U);
  ASSERT_EQ(stats->indexes.size(), 1U);
  EXPECT_EQ(stats->indexes[0].field, size_t{kPoint});
  EXPECT_EQ(stats->indexes[0].spec.type, IndexType::kFlat);
  EXPECT_EQ(stats->indexes[0].spec.metric, Metric::kCosine);
  EXPECT_EQ(stats->indexes[0].indexed_rows + stats->indexes[0].pending_rows, 9U);
  EXPECT_GT(stats->memory["vectors"], 0U);

  ASSERT_TRUE(f.engine().DropIndex(f.context(), Fixture::kItems, kPoint).ok());
  ASSERT_TRUE(f.engine().DropIndex(f.context(), Fixture::kItems, kPoint).ok());
  stats = f.engine().Stats(f.context(), Fixture::kItems);
  ASSERT_TRUE(stats.ok());
  EXPECT_TRUE(stats->indexes.empty());
}

void LooksAfterIndexesWhereItSaysSo(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 10));
  const IndexSpec index{
      .field = kPoint, .type = IndexType::kFlat, .metric = Metric::kL2, .params = {}};
  ASSERT_TRUE(f.engine().CreateIndex(f.context(), Fixture::kItems, index).ok());
  const auto inspection = f.engine().InspectIndex(f.context(), Fixture::kItems,
                                                  {.field = kPoint, .k = 3, .efforts = {8}});
  const Status rebuild = f.engine().RebuildIndexes(f.context(), Fixture::kItems);
  if (!f.engine().GetCapabilities().index_upkeep) {
    EXPECT_EQ(inspection.error().code, Code::kUnimplemented);
    EXPECT_EQ(rebuild.error().code, Code::kUnimplemented);
    return;
  }
  EXPECT_TRUE(rebuild.ok());
  ASSERT_TRUE(inspection.ok()) << inspection.error().message;
  EXPECT_EQ(inspection->sampled, 10U);
  ASSERT_EQ(inspection->efforts.size(), 1U);
  EXPECT_EQ(inspection->efforts[0].recall, 1.0);
}

// Capabilities::max_vector_fields.
void HasSeveralVectorFieldsWhereItSaysSo(Fixture& f) {
  CollectionSchema schema;
  schema.name = "pairs";
  for (const char* name : {"id", "left", "right"}) {
    schema.fields.emplace_back().name = name;
    schema.fields.back().type = DataType::kFloatVector;
    schema.fields.back().dim = 2;
  }
  schema.fields[0].type = DataType::kInt64;
  schema.fields[0].dim = 0;
  schema.fields[0].is_primary_key = true;
  ASSERT_TRUE(FinishSchema(schema).ok());
  constexpr CollectionId kPairs{31};
  const Status created = f.engine().CreateCollection(f.context(), {kPairs, schema});
  const size_t most = f.engine().GetCapabilities().max_vector_fields;
  if (most < 2) {
    ASSERT_FALSE(created.ok());
    EXPECT_EQ(created.error().code, Code::kUnimplemented);
    EXPECT_THAT(created.error().message, HasSubstr("2 vector fields"));
    EXPECT_THAT(created.error().message, HasSubstr(std::to_string(most)));
    return;
  }
  ASSERT_TRUE(created.ok()) << created.error().message;
  RowBatch batch = MakeBatch(schema);
  for (int64_t id = 0; id < 3; ++id) {
    batch.columns[0].Append(id);
    batch.columns[1].AppendVector(std::vector<float>{static_cast<float>(id), 0});
    batch.columns[2].AppendVector(std::vector<float>{static_cast<float>(-id), 0});
  }
  ASSERT_TRUE(f.engine().Write(f.context(), kPairs, WriteMode::kInsert, batch).ok());
  for (const size_t field : {size_t{1}, size_t{2}}) {
    SearchRequest request = Near(5, 0, 1);
    request.field = field;
    const auto found = f.engine().Search(f.context(), kPairs, request);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_EQ(IdsOf(found->keys), std::vector<int64_t>{field == 1 ? 2 : 0});
  }
}

void IsHealthyAndNamed(Fixture& f) {
  EXPECT_TRUE(f.engine().CheckHealth(f.context()).ok());
  const Capabilities capabilities = f.engine().GetCapabilities();
  EXPECT_THAT(capabilities.engine, Not(::testing::IsEmpty()));
  EXPECT_THAT(capabilities.metrics, ::testing::Contains(Metric::kL2));
}

}  // namespace

std::vector<Case> CollectionCases() {
  return {{"CreatesListsAndDrops", CreatesListsAndDrops},
          {"DroppedRowsAreGone", DroppedRowsAreGone},
          {"UnknownCollectionIsNotFound", UnknownCollectionIsNotFound},
          {"BuildsTheIndexesItNamesAndRefusesOthers", BuildsTheIndexesItNamesAndRefusesOthers},
          {"BuildsTheScalarIndexesItNames", BuildsTheScalarIndexesItNames},
          {"StatsTellRowsPartitionsAndIndexes", StatsTellRowsPartitionsAndIndexes},
          {"LooksAfterIndexesWhereItSaysSo", LooksAfterIndexesWhereItSaysSo},
          {"HasSeveralVectorFieldsWhereItSaysSo", HasSeveralVectorFieldsWhereItSaysSo},
          {"IsHealthyAndNamed", IsHealthyAndNamed}};
}

}  // namespace vecgate::conformance
