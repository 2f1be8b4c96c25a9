// What the tests of the embedded engine share: a small collection, rows made from their key, and
// brute-force answers.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "engines/embedded/embedded_engine.h"

namespace vecgate::embedded {

inline constexpr uint32_t kDim = 16;
inline constexpr CollectionId kCollection{7};
/// Positions in the schema.
inline constexpr size_t kIdField = 0;
inline constexpr size_t kTagField = 1;
inline constexpr size_t kVectorField = 2;

/// A fresh folder, removed at the end.
class TempFolder {
 public:
  explicit TempFolder(const std::string& name)
      : path_(testing::TempDir() + "/vecgate_embedded_" + name) {
    std::filesystem::remove_all(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

inline CollectionSpec TestCollection() {
  CollectionSpec spec{kCollection, {}};
  spec.schema.name = "things";
  FieldSchema id;
  id.name = "id";
  id.type = DataType::kInt64;
  id.is_primary_key = true;
  FieldSchema tag;
  tag.name = "tag";
  tag.type = DataType::kVarChar;
  tag.max_length = 100;
  FieldSchema vector;
  vector.name = "vector";
  vector.type = DataType::kFloatVector;
  vector.dim = kDim;
  spec.schema.fields = {id, tag, vector};
  const Status finished = FinishSchema(spec.schema);
  EXPECT_TRUE(finished.ok()) << (finished.ok() ? "" : finished.error().message);
  return spec;
}

/// The vector of version `version` of key `id`: the same whenever it is asked for.
inline std::vector<float> VectorOf(int64_t id, int64_t version = 0) {
  Rng rng(static_cast<uint64_t>(id * 1000 + version));
  std::vector<float> out(kDim);
  for (float& x : out) x = static_cast<float>(rng.Gaussian());
  return out;
}

inline void AddRow(RowBatch& batch, int64_t id, int64_t version = 0) {
  batch.columns[kIdField].Append(id);
  batch.columns[kTagField].Append("v" + std::to_string(version));
  batch.columns[kVectorField].AppendVector(VectorOf(id, version));
}

/// Keys [begin, end) in one batch.
inline RowBatch Rows(int64_t begin, int64_t end, int64_t version = 0) {
  RowBatch batch = MakeBatch(TestCollection().schema);
  for (int64_t id = begin; id < end; ++id) AddRow(batch, id, version);
  return batch;
}

inline SearchRequest Nearest(const std::vector<float>& query, uint32_t k,
                             Metric metric = Metric::kL2) {
  SearchRequest request;
  request.field = kVectorField;
  request.queries = FloatVectors(kDim, query);
  request.metric = metric;
  request.k = k;
  return request;
}

inline std::shared_ptr<const filter::Filter> FilterOf(const std::string& text) {
  auto compiled = filter::Compile(text, TestCollection().schema);
  EXPECT_TRUE(compiled.ok()) << (compiled.ok() ? "" : compiled.error().message);
  return *compiled;
}

inline std::unique_ptr<EmbeddedEngine> OpenEngine(EmbeddedOptions options) {
  auto engine = EmbeddedEngine::Open(std::move(options));
  EXPECT_TRUE(engine.ok()) << (engine.ok() ? "" : engine.error().message);
  return std::move(*engine);
}

/// Every row as "id:tag id:tag …" in order of key, for comparing whole contents.
inline std::string Contents(Engine& engine) {
  QueryRequest all;
  all.output_fields = {kTagField};
  const auto rows = engine.Query(OpContext{}, kCollection, all);
  if (!rows.ok()) return rows.error().message;
  std::string out;
  for (size_t i = 0; i < rows->count; ++i) {
    out += std::to_string(rows->keys.As<int64_t>()[i]) + ":" +
           rows->columns[0].As<std::string>()[i] + " ";
  }
  return out;
}

}  // namespace vecgate::embedded
