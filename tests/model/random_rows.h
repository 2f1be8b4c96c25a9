// Random schemas, rows, filters and requests of the model test.
//
// Vectors are of every type and hold small whole numbers, or bits, so that L2 and IP scores are
// exact in float whatever the order of summation, and equal distances (ties) are common. Keys come
// from a small range, so that rows are often replaced and deleted.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/rng.h"
#include "engine/requests.h"

namespace vecgate::model_test {

/// One collection of the test and how large it may grow.
struct Live {
  CollectionSpec spec;
  int64_t key_range = 0;     ///< Keys are of 0 … key_range - 1.
  size_t batch_rows = 0;     ///< Most rows of a batch.
  bool approximate = false;  ///< Holds an approximate index (HNSW) now.
};

Live RandomCollection(Rng& rng, CollectionId id);
RowBatch RandomBatch(Rng& rng, const Live& live);
PrimaryKey RandomKey(Rng& rng, const Live& live);
RowSelection RandomSelection(Rng& rng, const Live& live);
DeleteRequest RandomDelete(Rng& rng, const Live& live);
Metric RandomMetric(Rng& rng, const Live& live);
SearchRequest RandomSearch(Rng& rng, const Live& live);
QueryRequest RandomQuery(Rng& rng, const Live& live);

/// Positions of the fields; the key is INT64 or VARCHAR.
enum ModelField : size_t { kKey, kVector, kNumber, kReal, kText, kTags, kJson, kMeta };
inline constexpr uint32_t kDim = 8;

}  // namespace vecgate::model_test
