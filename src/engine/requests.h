// What an engine is asked and what it answers: plain data.
//
// Names are resolved and limits checked before a request gets here: fields are positions in the
// collection's schema, filters are compiled, partitions are ids.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "filter/filter.h"
#include "model/column.h"
#include "model/row_batch.h"
#include "model/schema.h"
#include "model/types.h"

namespace vecgate {

/// What a collection is to an engine.
struct CollectionSpec {
  CollectionId id{0};
  CollectionSchema schema;
  /// Those of the collection's properties that speak to its engine: their names begin with
  /// "vecgate.". An engine may ignore what it does not know; ListCollections need not give them.
  std::map<std::string, std::string> properties{};
};

/// One index on one field. `params` as clients name them: "M", "efConstruction", …
struct IndexSpec {
  size_t field = 0;
  IndexType type = IndexType::kAuto;
  Metric metric = Metric::kCosine;
  std::map<std::string, std::string> params;
};

/// Rows that a read may see: those of `partitions` (empty: all) that match `filter` (null: all).
struct RowSelection {
  std::vector<PartitionId> partitions;
  std::shared_ptr<const filter::Filter> filter;
};

enum class WriteMode {
  /// A key that exists is replaced, as with kUpsert; primary keys are unique.
  kInsert,
  kUpsert,
};

struct WriteResult {
  /// Rows of the batch that replaced an existing row (Capabilities::counts_replaced).
  uint64_t replaced = 0;
  /// Grows with every write to the collection.
  uint64_t sequence = 0;
};

struct DeleteRequest {
  /// Rows with these keys, within selection.partitions if those are given. Empty: the rows of the
  /// selection (partitions, filter, or both); a request that names nothing deletes nothing.
  std::vector<PrimaryKey> keys;
  RowSelection selection;
};

struct DeleteResult {
  /// Rows that were there and are gone.
  uint64_t deleted = 0;
  uint64_t sequence = 0;
};

/// Hits strictly beyond this one, in the order of hits: worse score, or equal score and larger key.
struct SearchCursor {
  float score = 0;
  PrimaryKey key;
};

struct GroupBy {
  size_t field = 0;
  uint32_t group_size = 1;
};

struct SearchRequest {
  size_t field = 0;  ///< A vector field.
  Column queries;    ///< Of the field's type and dimension, a row a query.
  Metric metric = Metric::kCosine;
  uint32_t k = 10;  ///< Hits (groups, with group_by) to return for each query, after `offset`.
  uint32_t offset = 0;
  RowSelection selection;
  /// HNSW's list size; absent: the engine's default for the index.
  std::optional<uint32_t> ef;
  /// Lists of an inverted file to scan; absent: the engine's default.
  std::optional<uint32_t> nprobe;
  /// Range search, as Milvus has it. L2: range_filter <= d < radius; else: radius < s <=
  /// range_filter.
  std::optional<float> radius;
  std::optional<float> range_filter;
  std::optional<GroupBy> group_by;
  std::optional<SearchCursor> after;
  /// Positions of the fields to return with each hit.
  std::vector<size_t> output_fields;
};

struct SearchResult {
  std::vector<uint32_t> hits_per_query;
  /// All hits, query after query, best first, ties by primary key. L2 scores are squared distances.
  std::vector<float> scores;
  Column keys;
  /// In the order of SearchRequest::output_fields, a row a hit.
  std::vector<Column> columns;
  /// The group of each hit, with group_by.
  std::optional<Column> groups;
};

struct QueryRequest {
  /// Rows with these keys; absent: all rows. Missing keys are left out of the answer.
  std::optional<std::vector<PrimaryKey>> keys;
  RowSelection selection;
  /// Rows in order of primary key; `limit` absent: all.
  uint64_t offset = 0;
  std::optional<uint64_t> limit;
  /// Only rows with a larger key.
  std::optional<PrimaryKey> after_key;
  /// Return the count alone.
  bool count_only = false;
  std::vector<size_t> output_fields;
};

struct QueryResult {
  uint64_t count =
      0;  ///< Rows that match, before offset and limit, with count_only; else rows returned.
  Column keys;
  std::vector<Column> columns;
};

struct IndexStats {
  size_t field = 0;
  IndexSpec spec;
  uint64_t indexed_rows = 0;
  uint64_t pending_rows = 0;
};

struct InspectRequest {
  size_t field = 0;  ///< A vector field with an index.
  uint32_t k = 10;
  uint32_t sample = 100;          ///< Rows whose vectors are searched for.
  std::vector<uint32_t> efforts;  ///< ef of a graph, nprobe of an inverted file.
};

struct EffortFigures {
  uint32_t effort = 0;
  double recall = 0;  ///< Share of the k true neighbours that are found, or others as near.
  double mean_us = 0;
};

/// How an index is made up, and what its searches find. What it has depends on its type.
struct IndexInspection {
  IndexStats stats;
  uint32_t sampled = 0;
  std::vector<EffortFigures> efforts;
  /// "nodes", "unreachable nodes", …
  std::map<std::string, double> facts;
  /// "links of a node": counts[i] nodes have i links.
  std::map<std::string, std::vector<uint64_t>> histograms;
};

/// Bytes of memory by structure ("vectors", "graph", "scalars", "keys", …).
using MemoryUse = std::map<std::string, uint64_t>;

/// Rows that a rebuild has put into the new indexes, of those there are.
struct RebuildProgress {
  uint64_t done = 0;
  uint64_t rows = 0;
};

struct CollectionStats {
  uint64_t rows = 0;
  std::map<uint32_t, uint64_t> rows_by_partition;
  std::vector<IndexStats> indexes;
  MemoryUse memory;
  std::optional<RebuildProgress> rebuild;  ///< Absent when none is under way.
};

}  // namespace vecgate
