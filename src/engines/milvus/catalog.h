// Catalog: the collections of this engine, as the server keeps them.
//
// What Milvus has no place for is kept with the collection itself: the contract's schema as JSON in
// its description, the indexes in its property "vecgate.indexes". An adopted collection has an
// alias, the name that one of the engine's own would have, and both in properties of that alias'
// name. So the server alone tells all there is.
//
// Thread safety: any thread.
#pragma once

#include <atomic>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "engines/milvus/gate.h"
#include "engines/milvus/index_plan.h"
#include "engines/milvus/layout.h"
#include "engines/milvus/server.h"

namespace vecgate::milvus_engine {

/// A collection that this process has used.
struct Collection {
  explicit Collection(Layout given) : layout(std::move(given)) {}

  const Layout layout;
  Gate gate;
  /// It is loaded, with the index that is wanted, as far as is known.
  std::atomic<bool> is_serving{false};
  /// Of the newest write of this process.
  std::atomic<uint64_t> written{0};
  Guarded<std::map<size_t, IndexSpec>> indexes;
  /// What Milvus has on the vectors. Changed only with the gate passed alone.
  Guarded<IndexSpec> built;
};

class Catalog {
 public:
  Catalog(Server& server, std::string name_prefix)
      : server_(server), name_prefix_(std::move(name_prefix)) {}

  Result<std::vector<CollectionSpec>> List(const OpContext& context);
  Status Create(const OpContext& context, const CollectionSpec& spec);
  Status Drop(const OpContext& context, CollectionId id);

  /// From what is remembered, or from the server.
  Result<std::shared_ptr<Collection>> Find(const OpContext& context, CollectionId id);
  void Forget(CollectionId id);

  /// Writes the collection's indexes, as they are given, to the server.
  Status KeepIndexes(const OpContext& context, const Collection& collection,
                     const std::map<size_t, IndexSpec>& indexes);

 private:
  struct Found {
    Layout layout;
    std::map<size_t, IndexSpec> indexes;
  };

  [[nodiscard]] std::string NameOf(CollectionId id) const;
  Result<Found> Read(const OpContext& context, CollectionId id);
  Status Adopt(const OpContext& context, const Layout& layout);

  Server& server_;
  const std::string name_prefix_;
  Guarded<std::map<CollectionId, std::shared_ptr<Collection>>> known_;
};

}  // namespace vecgate::milvus_engine
