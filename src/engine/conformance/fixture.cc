#include "engine/conformance/fixture.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <utility>

#include "base/check.h"

namespace vecgate::conformance {
namespace {

FieldSchema Field(const char* name, DataType type) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  return field;
}

FieldSchema NullableField(const char* name, DataType type) {
  FieldSchema field = Field(name, type);
  field.nullable = true;
  return field;
}

FieldSchema PointField() {
  FieldSchema field = Field("point", DataType::kFloatVector);
  field.dim = 2;
  return field;
}

template <typename T>
Value OrNull(const std::optional<T>& value) {
  return value ? Value{*value} : Value{};
}

std::filesystem::path FreshDirectory() {
  static std::atomic<int> counter{0};
  const std::string name =
      "vecgate-conformance-" + std::to_string(::getpid()) + "-" + std::to_string(counter++);
  std::filesystem::path path = std::filesystem::temp_directory_path() / name;
  std::filesystem::remove_all(path);
  std::filesystem::create_directories(path);
  return path;
}

/// A generous limit: a case that hangs fails instead.
constexpr std::chrono::minutes kCaseLimit{5};

template <typename T>
T ValueOrFailure(Result<T> result) {
  EXPECT_TRUE(result.ok()) << result.error().message;
  return result.ok() ? std::move(*result) : T{};
}

}  // namespace

CollectionSchema ItemSchema() {
  CollectionSchema schema;
  schema.name = "items";
  schema.enable_dynamic_field = true;
  schema.fields = {Field("id", DataType::kInt64),
                   PointField(),
                   NullableField("color", DataType::kVarChar),
                   NullableField("rank", DataType::kInt32),
                   NullableField("tags", DataType::kArray),
                   NullableField("info", DataType::kJson)};
  schema.fields[kId].is_primary_key = true;
  schema.fields[kColor].max_length = 64;
  schema.fields[kTags].element_type = DataType::kInt64;
  schema.fields[kTags].max_capacity = 16;
  const Status status = FinishSchema(schema);
  VG_CHECK(status.ok());
  return schema;
}

CollectionSchema TextKeySchema() {
  CollectionSchema schema;
  schema.name = "texts";
  schema.fields = {Field("key", DataType::kVarChar), PointField()};
  schema.fields[0].is_primary_key = true;
  schema.fields[0].max_length = 64;
  const Status status = FinishSchema(schema);
  VG_CHECK(status.ok());
  return schema;
}

RowBatch ItemBatch(const std::vector<Item>& items) {
  RowBatch batch = MakeBatch(ItemSchema());
  for (const Item& item : items) {
    batch.columns[kId].Append(item.id);
    batch.columns[kPoint].AppendVector(item.point);
    batch.columns[kColor].Append(OrNull(item.color));
    batch.columns[kRank].Append(OrNull(item.rank));
    batch.columns[kTags].Append(item.tags ? Value{Array{*item.tags}} : Value{});
    batch.columns[kInfo].Append(OrNull(item.info));
    batch.columns[kMeta].Append(item.meta);
    batch.row_partitions.push_back(PartitionId{item.partition});
  }
  return batch;
}

std::vector<Item> Line(int64_t first, int64_t count) {
  std::vector<Item> items;
  for (int64_t id = first; id < first + count; ++id) {
    items.push_back({.id = id, .point = {static_cast<float>(id), 0}, .rank = id % 10});
  }
  return items;
}

Fixture::Fixture(const EngineUnderTest& engine)
    : under_test_(engine),
      directory_(FreshDirectory()),
      context_(OpContext::WithTimeout(kCaseLimit)) {
  Reopen();
}

Fixture::~Fixture() {
  engine_.reset();
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

void Fixture::Reopen() {
  engine_.reset();
  auto engine = under_test_.open(directory_);
  if (!engine.ok()) ADD_FAILURE() << engine.error().message;
  VG_CHECK(engine.ok());
  engine_ = std::move(*engine);
}

bool Fixture::ReopensWithRows() {
  const bool durable = engine().GetCapabilities().durable;
  Reopen();
  const auto listed = engine().ListCollections(context_);
  EXPECT_TRUE(listed.ok());
  if (listed.ok()) {
    EXPECT_EQ(listed->empty(), !durable);
  }
  return durable;
}

void Fixture::CreateItems() {
  const Status status = engine().CreateCollection(context_, {.id = kItems, .schema = ItemSchema()});
  EXPECT_TRUE(status.ok()) << status.error().message;
}

WriteResult Fixture::Write(const std::vector<Item>& items, WriteMode mode) {
  return ValueOrFailure(engine().Write(context_, kItems, mode, ItemBatch(items)));
}

uint64_t Fixture::Delete(const DeleteRequest& request) {
  return ValueOrFailure(engine().Delete(context_, kItems, request)).deleted;
}

SearchResult Fixture::Search(const SearchRequest& request) {
  return ValueOrFailure(engine().Search(context_, kItems, request));
}

QueryResult Fixture::Query(const QueryRequest& request) {
  return ValueOrFailure(engine().Query(context_, kItems, request));
}

uint64_t Fixture::Count(const RowSelection& selection) {
  QueryRequest request;
  request.selection = selection;
  request.count_only = true;
  return Query(request).count;
}

std::vector<int64_t> Fixture::Ids(const QueryRequest& request) {
  return IdsOf(Query(request).keys);
}

std::vector<int64_t> Fixture::Hits(const SearchRequest& request) {
  return IdsOf(Search(request).keys);
}

std::shared_ptr<const filter::Filter> ItemFilter(std::string_view text) {
  static const CollectionSchema schema = ItemSchema();
  return ValueOrFailure(filter::Compile(text, schema));
}

std::vector<PrimaryKey> Keys(const std::vector<int64_t>& ids) { return {ids.begin(), ids.end()}; }

std::vector<int64_t> IdsOf(const Column& keys) {
  if (keys.type() != DataType::kInt64) return {};
  return keys.As<int64_t>();
}

SearchRequest Near(float x, float y, uint32_t k) {
  SearchRequest request;
  request.field = kPoint;
  request.queries = FloatVectors(2, std::vector<float>{x, y});
  request.metric = Metric::kL2;
  request.k = k;
  return request;
}

}  // namespace vecgate::conformance
