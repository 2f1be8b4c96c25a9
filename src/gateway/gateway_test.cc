// Reads and writes: completion of batches, planning errors and their texts, iterators, counts.
#include "gateway/gateway.h"

#include <functional>
#include <set>

#include "gateway/gateway_fixture.h"

namespace vecgate::gateway {
namespace {

class GatewayTest : public GatewayFixture {
 protected:
  std::vector<int64_t> Ids(const std::string& name, const std::string& filter) {
    GatewayQuery query;
    query.filter.expression = filter;
    query.limit = 100;
    return gateway_->Query(context_, Get(name), query).value().rows.keys.As<int64_t>();
  }
};

TEST_F(GatewayTest, FillsDefaultsNullsAndDynamicFields) {
  CollectionSchema schema = Schema("a");
  schema.enable_dynamic_field = true;
  schema.fields[1].default_value = Value(std::string("grey"));
  schema.fields.push_back(Field("size", DataType::kInt32));
  schema.fields[3].nullable = true;
  ASSERT_TRUE(Create(schema).ok());
  const auto info = Get("a");
  PartialBatch rows = Rows(*info, 1, 2);
  rows.columns[1] = info->schema.fields[1].MakeColumn();
  rows.columns[1]->Append(std::monostate{});  // Null stands for the default.
  rows.columns[1]->Append(std::string("red"));
  RowBatch batch =
      CompleteBatch(*info, std::move(rows), "", GivenKeys::kRefuse, catalog().ids()).value();
  EXPECT_EQ(batch.columns[1].As<std::string>(), (std::vector<std::string>{"grey", "red"}));
  EXPECT_TRUE(batch.columns[1].valid().empty());
  EXPECT_TRUE(batch.columns[3].IsNull(0) && batch.columns[3].IsNull(1));
  EXPECT_EQ(batch.columns[4].As<std::string>()[0], "{}");

  rows = Rows(*info, 1, 1);
  rows.columns[1].reset();
  batch = CompleteBatch(*info, std::move(rows), "", GivenKeys::kRefuse, catalog().ids()).value();
  EXPECT_EQ(batch.columns[1].As<std::string>()[0], "grey");

  rows = Rows(*info, 1, 1);
  rows.columns[2].reset();
  EXPECT_REFUSED(CompleteBatch(*info, std::move(rows), "", GivenKeys::kRefuse, catalog().ids()),
                 Code::kInvalidArgument, "fieldSchema(v) has no corresponding fieldData pass in");
  EXPECT_REFUSED(
      CompleteBatch(*info, Rows(*info, 1, 1), "none", GivenKeys::kRefuse, catalog().ids()),
      Code::kNotFound, "partition not found[partition=none]");
}

TEST_F(GatewayTest, AutoIdsAreGivenRefusedOnInsertAndKeptOnUpsert) {
  CollectionSchema schema = Schema("a");
  schema.fields[0].auto_id = true;
  ASSERT_TRUE(Create(schema).ok());
  const auto info = Get("a");
  std::set<int64_t> seen;
  for (int round = 0; round < 3; ++round) {
    PartialBatch rows = Rows(*info, 1, 5);
    rows.columns[0].reset();
    const auto written =
        gateway_->Write(context_, *info, WriteMode::kInsert, std::move(rows), "").value();
    for (const int64_t id : written.keys.As<int64_t>()) EXPECT_TRUE(seen.insert(id).second) << id;
    Reopen();
  }
  EXPECT_EQ(seen.size(), 15U);
  EXPECT_REFUSED(gateway_->Write(context_, *info, WriteMode::kInsert, Rows(*info, 1, 1), ""),
                 Code::kInvalidArgument, "field id is auto_id");
  const auto kept = gateway_->Write(context_, *info, WriteMode::kUpsert, Rows(*info, 7, 7), "");
  EXPECT_EQ(kept.value().keys.As<int64_t>()[0], 7);
}

TEST_F(GatewayTest, UpsertReplacesAndDeletesGoByKeysOrFilter) {
  CreateReady("a");
  Insert("a", 1, 6);
  const auto info = Get("a");
  EXPECT_EQ(
      gateway_->Write(context_, *info, WriteMode::kUpsert, Rows(*info, 5, 8), "").value().replaced,
      2U);
  EXPECT_EQ(gateway_->Delete(context_, *info, {"id in [1, 2, 99]", {}}, "").value(), 2U);
  EXPECT_EQ(gateway_->Delete(context_, *info, {"color == 'red'", {}}, "").value(), 3U);
  EXPECT_EQ(gateway_->DeleteKeys(context_, *info, {int64_t{3}, int64_t{4}}).value(), 1U);
  EXPECT_EQ(gateway_->DeleteKeys(context_, *info, {}).value(), 0U);
  EXPECT_EQ(Ids("a", ""), (std::vector<int64_t>{5, 7}));
  for (const char* empty : {"", " ", "\n\t"}) {
    EXPECT_REFUSED(gateway_->Delete(context_, *info, {empty, {}}, ""), Code::kInvalidArgument,
                   "delete plan can't be empty or always true");
  }
  EXPECT_REFUSED(gateway_->Delete(context_, *info, {"nope == 1", {}}, ""), Code::kInvalidArgument,
                 "nope");
  EXPECT_EQ(gateway_->Delete(context_, *info, {"id in []", {}}, "").value(), 0U);
  EXPECT_EQ(Count("a"), 2U);
}

TEST_F(GatewayTest, CountsWithAndWithoutAFilter) {
  CreateReady("a");
  Insert("a", 1, 7);
  EXPECT_EQ(Count("a"), 7U);
  EXPECT_EQ(Count("a", "color == 'red'"), 3U);
  EXPECT_EQ(Count("a", "id in [1, 2, 99]"), 2U);
  GatewayQuery query;
  query.output_fields = {"count(*)"};
  query.limit = 3;
  EXPECT_REFUSED(gateway_->Query(context_, Get("a"), query), Code::kInvalidArgument,
                 "count entities with pagination is not allowed");
}

TEST_F(GatewayTest, QueriesPageAndRefuse) {
  CreateReady("a");
  Insert("a", 1, 7);
  GatewayQuery query;
  EXPECT_REFUSED(gateway_->Query(context_, Get("a"), query), Code::kInvalidArgument,
                 "empty expression should be used with limit");
  query.limit = 2;
  query.offset = 3;
  query.output_fields = {"color"};
  const auto page = gateway_->Query(context_, Get("a"), query).value();
  EXPECT_EQ(page.rows.keys.As<int64_t>(), (std::vector<int64_t>{4, 5}));
  EXPECT_EQ(page.output.names, (std::vector<std::string>{"id", "color"}));
  query.limit = 16384;
  EXPECT_REFUSED(gateway_->Query(context_, Get("a"), query), Code::kInvalidArgument,
                 "(offset+limit) should be in range [1, 16384], but got 16387");
  query.limit = 1;
  query.output_fields = {"none"};
  EXPECT_REFUSED(gateway_->Query(context_, Get("a"), query), Code::kNotFound,
                 "field none not exist");
  ASSERT_TRUE(catalog().Release("default", "a").ok());
  EXPECT_REFUSED(gateway_->Query(context_, Get("a"), query), Code::kFailedPrecondition,
                 "failed to query: collection not loaded");
}

struct BadSearch {
  std::function<void(GatewaySearch&)> break_it;
  Code code;
  const char* text;
};

TEST_F(GatewayTest, SearchRefusesAndSaysWhy) {
  CreateReady("a");
  Insert("a", 1, 7);
  constexpr Code kBad = Code::kInvalidArgument;
  const BadSearch cases[] = {
      {[](auto& s) { s.vector_field = "none"; }, Code::kNotFound, "fieldName(none) not found"},
      {[](auto& s) { s.vector_field = "color"; }, kBad, "not of vector data type"},
      {[](auto& s) { s.vectors.clear(); }, kBad, "nq [0] is invalid"},
      {[](auto& s) {
         s.vectors = {VectorBytes(std::vector<float>{1, 2, 3})};
       },
       kBad, "vector dimension mismatch, expected vector size(byte) 8, actual 12"},
      {[](auto& s) { s.vectors.emplace_back(); }, kBad, "expected vector size(byte) 8, actual 0"},
      {[](auto& s) { s.vector_type = DataType::kFloat16Vector; }, kBad,
       "vector type must be the same, field [v] is of type FloatVector, search vectors are of type "
       "Float16Vector"},
      {[](auto& s) {
         const float nan = std::numeric_limits<float>::quiet_NaN();
         s.vectors.push_back(VectorBytes(std::vector<float>{nan, 0}));
       },
       kBad, "search vectors: field v at row 1: value 'nan' is not a number or infinity"},
      {[](auto& s) { s.limit = 0; }, kBad, "topk [0] is invalid"},
      {[](auto& s) { s.offset = 16384; }, kBad, "should be in range [1, 16384], but got 16387"},
      {[](auto& s) { s.group_size = 2'000'000; }, kBad, "number of result entries is too large"},
      {[](auto& s) { s.metric = "IP"; }, kBad,
       "metric type not match: invalid parameter[expected=L2][actual=IP]"},
      {[](auto& s) { s.range_filter = 1; }, kBad, "range_filter is given without radius"},
      {[](auto& s) { s.radius = 1, s.range_filter = 2; }, kBad, "must be less than radius(1)"},
      {[](auto& s) { s.partitions = {"none"}; }, Code::kNotFound, "partition name none not found"},
      {[](auto& s) { s.filter.expression = "id >"; }, kBad, "cannot parse expression: id >"},
      {[](auto& s) { s.group_by_field = "none"; }, Code::kNotFound, "field not found[field=none]"},
      {[](auto& s) { s.group_by_field = "v"; }, kBad, "unsupported data type FloatVector"},
      {[](auto& s) { s.group_by_field = "id", s.group_size = 101; }, kBad, "input group size:101"},
      {[](auto& s) { s.group_by_field = "id", s.radius = 1; }, kBad, "Not allowed to do range"},
      {[](auto& s) { s.group_by_field = "id", s.iterator.emplace(); }, kBad, "doing iteration"},
      {[](auto& s) { s.vectors.push_back(s.vectors[0]), s.iterator.emplace(); }, kBad,
       "a search iterator takes one query vector, 2 found"},
      {[](auto& s) { s.output_fields = {"none"}; }, Code::kNotFound, "field none not exist"},
  };
  for (const BadSearch& bad : cases) {
    GatewaySearch search = Near(3, 3);
    bad.break_it(search);
    EXPECT_REFUSED(gateway_->Search(context_, Get("a"), search), bad.code, bad.text);
  }
  const auto hits = gateway_->Search(context_, Get("a"), Near(3, 3)).value().hits;
  EXPECT_EQ(hits.keys.As<int64_t>(), (std::vector<int64_t>{3, 2, 4}));
}

TEST_F(GatewayTest, ASearchIteratorGivesEveryRowOnceAlsoAmongTies) {
  CreateReady("a");
  const auto info = Get("a");
  PartialBatch rows = Rows(*info, 1, 20);
  for (size_t i = 0; i < 20; ++i) rows.columns[2]->As<float>()[i * 2] = static_cast<float>(i / 8);
  ASSERT_TRUE(gateway_->Write(context_, *info, WriteMode::kInsert, std::move(rows), "").ok());
  GatewaySearch search = Near(0, 3);
  search.iterator.emplace();
  std::vector<int64_t> seen;
  for (int page = 0; page < 10; ++page) {
    const auto result = gateway_->Search(context_, info, search).value();
    for (const int64_t id : result.hits.keys.As<int64_t>()) seen.push_back(id);
    if (result.hits.keys.num_rows() == 0) break;
    search.iterator = {result.iterator_token, result.iterator_bound};
  }
  ASSERT_EQ(seen.size(), 20U);
  for (size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i], static_cast<int64_t>(i + 1));
  // A token that nobody knows goes on strictly beyond the score.
  search.iterator = {"forgotten", 0.0F};
  EXPECT_EQ(gateway_->Search(context_, info, search).value().hits.keys.As<int64_t>()[0], 9);
}

TEST_F(GatewayTest, OutputFieldsExpandAndReachIntoDynamicFields) {
  CollectionSchema schema = Schema("a");
  schema.enable_dynamic_field = true;
  ASSERT_TRUE(Create(schema).ok());
  const OutputPlan all = PlanOutput(*Get("a"), {"*", "id"}).value();
  EXPECT_EQ(all.names, (std::vector<std::string>{"id", "color", "v", "$meta"}));
  EXPECT_EQ(all.fields, (std::vector<size_t>{0, 1, 2, 3}));
  const OutputPlan key = PlanOutput(*Get("a"), {"anything", "id"}).value();
  EXPECT_EQ(key.names, (std::vector<std::string>{"anything", "id"}));
  EXPECT_EQ(key.fields, (std::vector<size_t>{0, 3}));
}

}  // namespace
}  // namespace vecgate::gateway
