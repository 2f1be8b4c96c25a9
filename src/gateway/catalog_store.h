// CatalogStore: where the catalog keeps its records. Each call is durable when it returns OK.
//
// Thread safety: calls come one at a time (the catalog serialises DDL).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "gateway/collection_info.h"

namespace vecgate::gateway {

struct DatabaseRecord {
  std::string name;
  int64_t id = 0;
  int64_t created_ms = 0;
  std::map<std::string, std::string> properties;
};

class CatalogStore {
 public:
  virtual ~CatalogStore() = default;
  virtual Result<std::vector<DatabaseRecord>> LoadDatabases() = 0;
  virtual Result<std::vector<CollectionInfo>> LoadCollections() = 0;
  virtual Status PutDatabase(const DatabaseRecord& database) = 0;
  virtual Status DeleteDatabase(const std::string& name) = 0;
  /// Writes or replaces the record with info.id.
  virtual Status PutCollection(const CollectionInfo& info) = 0;
  virtual Status DeleteCollection(CollectionId id) = 0;
  /// Takes `count` numbers that were never given before and are at least `at_least`; returns the
  /// first of them.
  virtual Result<int64_t> ReserveIds(int64_t at_least, int64_t count) = 0;
};

}  // namespace vecgate::gateway
