// What the gateway's tests share: a gateway over the reference engine and a metadata store in
// memory, which can be closed and opened again over the same two.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/reference/reference_engine.h"
#include "gateway/gateway.h"
#include "gateway/sql_catalog_store.h"

namespace vecgate::gateway {

/// Stands still unless a test moves it.
class FixedClock final : public Clock {
 public:
  [[nodiscard]] std::chrono::steady_clock::time_point Now() const override { return {}; }
  [[nodiscard]] int64_t UnixMillis() const override { return millis; }
  int64_t millis = 1'700'000'000'000;
};

class GatewayFixture : public ::testing::Test {
 protected:
  GatewayFixture() { Reopen(); }

  Status TryReopen() {
    gateway_.reset();
    VG_ASSIGN_OR_RETURN(gateway_, Gateway::Open(std::make_unique<SqlCatalogStore>(*metadata_),
                                                EngineSet(engine_), clock_, {}));
    return Ok();
  }
  void Reopen() {
    const Status status = TryReopen();
    ASSERT_TRUE(status.ok()) << status.error().message;
  }
  Catalog& catalog() { return gateway_->catalog(); }

  static FieldSchema Field(std::string name, DataType type) {
    FieldSchema field;
    field.name = std::move(name);
    field.type = type;
    if (type == DataType::kVarChar) field.max_length = 64;
    if (type == DataType::kFloatVector) field.dim = 2;
    return field;
  }
  /// id INT64 (primary), color VARCHAR, v FLOAT_VECTOR(2).
  static CollectionSchema Schema(const std::string& name) {
    CollectionSchema schema;
    schema.name = name;
    schema.fields = {Field("id", DataType::kInt64), Field("color", DataType::kVarChar),
                     Field("v", DataType::kFloatVector)};
    schema.fields[0].is_primary_key = true;
    return schema;
  }
  Status Create(CollectionSchema schema, const std::string& database = "default",
                int64_t num_partitions = 0) {
    CreateCollectionOptions options;
    options.database = database;
    options.schema = std::move(schema);
    options.num_partitions = num_partitions;
    return catalog().CreateCollection(context_, std::move(options));
  }
  CollectionPtr Get(const std::string& name, const std::string& database = "default") {
    return catalog().Resolve(database, name).value();
  }
  Status Index(const std::string& name, const std::string& metric = "L2") {
    return catalog().CreateIndex(context_, "default", name,
                                 {"v", "", {{"index_type", "FLAT"}, {"metric_type", metric}}});
  }
  /// Created with Schema(name), indexed by L2 and loaded.
  void CreateReady(const std::string& name) {
    ASSERT_TRUE(Create(Schema(name)).ok());
    ASSERT_TRUE(Index(name).ok());
    ASSERT_TRUE(catalog().Load("default", name).ok());
  }
  /// Rows `first` … `last`: color "red" for even ids and "blue" for odd ones, v = (id, 0).
  static PartialBatch Rows(const CollectionInfo& info, int64_t first, int64_t last) {
    PartialBatch rows;
    rows.num_rows = static_cast<size_t>(last - first + 1);
    rows.columns.resize(info.schema.fields.size());
    for (size_t i = 0; i < 3; ++i) rows.columns[i] = info.schema.fields[i].MakeColumn();
    for (int64_t id = first; id <= last; ++id) {
      rows.columns[0]->Append(id);
      rows.columns[1]->Append(std::string(id % 2 == 0 ? "red" : "blue"));
      rows.columns[2]->AppendVector(std::vector<float>{static_cast<float>(id), 0});
    }
    return rows;
  }
  void Insert(const std::string& name, int64_t first, int64_t last,
              const std::string& partition = "") {
    const auto info = Get(name);
    const auto written =
        gateway_->Write(context_, *info, WriteMode::kInsert, Rows(*info, first, last), partition);
    ASSERT_TRUE(written.ok()) << written.error().message;
  }
  uint64_t Count(const std::string& name, const std::string& filter = "",
                 std::vector<std::string> partitions = {}) {
    GatewayQuery query;
    query.output_fields = {"count(*)"};
    query.filter.expression = filter;
    query.partitions = std::move(partitions);
    return gateway_->Query(context_, Get(name), query).value().rows.count;
  }
  static GatewaySearch Near(float x, uint32_t limit) {
    GatewaySearch search;
    search.vectors = {VectorBytes(std::vector<float>{x, 0})};
    search.limit = limit;
    return search;
  }

  const OpContext context_;
  FixedClock clock_;
  std::unique_ptr<MetadataStore> metadata_ = MetadataStore::Open(":memory:").value();
  reference::ReferenceEngine engine_;
  std::unique_ptr<Gateway> gateway_;
};

/// Checks code, subject and a part of the text of `result`, a Status or a Result.
#define EXPECT_REFUSED(result, expected_code, text)                            \
  do {                                                                         \
    const auto& refused = (result);                                            \
    ASSERT_FALSE(refused.has_value()) << "expected: " << (text);               \
    EXPECT_EQ(refused.error().code, expected_code) << refused.error().message; \
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr(text));          \
  } while (false)

}  // namespace vecgate::gateway
