// CollectionInfo: everything the catalog knows of one collection, as one immutable snapshot.
//
// Readers hold a shared_ptr to the snapshot they resolved, so that a DDL statement that runs
// meanwhile replaces the catalog's pointer and never changes what a request in flight sees: that
// is why the pointer is shared.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "engine/requests.h"
#include "model/schema.h"

namespace vecgate::gateway {

inline constexpr std::string_view kDefaultDatabase = "default";
inline constexpr std::string_view kDefaultPartition = "_default";

struct PartitionInfo {
  PartitionId id{0};
  std::string name;
  int64_t created_ms = 0;
};

struct IndexInfo {
  std::string name;
  int64_t id = 0;
  IndexSpec spec;
  /// index_type, metric_type and parameters as the client gave them, to be given back.
  std::map<std::string, std::string> given_params;
};

/// How far a collection's statement got. What is not ready is in the store alone, as the intent
/// that a crash leaves to be undone or finished; no reader ever sees it.
enum class LifeStage { kReady, kCreating, kDropping };

struct CollectionInfo {
  CollectionId id{0};
  LifeStage stage = LifeStage::kReady;
  /// The engine that holds its rows, by its name in the EngineSet.
  std::string engine;
  std::string database;
  std::string name;
  CollectionSchema schema;
  std::map<std::string, std::string> properties;
  int32_t num_shards = 1;
  int32_t consistency_level = 0;
  int64_t created_ms = 0;
  bool loaded = false;
  /// In order of creation; `_default`, or the hash partitions of a partition key, first.
  std::vector<PartitionInfo> partitions;
  uint32_t next_partition_id = 1;
  /// Dropped partitions whose rows may still be in the engine; purged at the next start.
  std::vector<PartitionId> unpurged_partitions;
  std::vector<IndexInfo> indexes;
  std::set<std::string> aliases;

  [[nodiscard]] const PartitionInfo* FindPartition(std::string_view partition) const;
  [[nodiscard]] const IndexInfo* FindIndexOfField(size_t field) const;
  [[nodiscard]] const IndexInfo* FindIndexByName(std::string_view index_name) const;
  [[nodiscard]] bool HasPartitionKey() const { return schema.PartitionKeyIndex().has_value(); }
};

using CollectionPtr = std::shared_ptr<const CollectionInfo>;

/// One line of JSON, and back: the record the catalog stores.
std::string ToJson(const CollectionInfo& info);
Result<CollectionInfo> CollectionInfoFromJson(std::string_view text);

}  // namespace vecgate::gateway
