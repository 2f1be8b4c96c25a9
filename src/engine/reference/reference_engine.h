// ReferenceEngine: the contract in its simplest form, in memory and by brute force.
//
// It is the oracle that other engines are tested against: everything is a scan of all rows in
// order of primary key. Not durable. Thread safety: as Engine promises; one lock for all.
#pragma once

#include <map>

#include "base/guarded.h"
#include "engine/engine.h"
#include "engine/reference/table.h"

namespace vecgate::reference {

class ReferenceEngine : public Engine {
 public:
  [[nodiscard]] Capabilities GetCapabilities() const override;

  Result<std::vector<CollectionSpec>> ListCollections(const OpContext& context) override;
  Status CreateCollection(const OpContext& context, const CollectionSpec& spec) override;
  Status DropCollection(const OpContext& context, CollectionId collection) override;

  Status CreateIndex(const OpContext& context, CollectionId collection,
                     const IndexSpec& index) override;
  Status DropIndex(const OpContext& context, CollectionId collection, size_t field) override;

  Result<WriteResult> Write(const OpContext& context, CollectionId collection, WriteMode mode,
                            const RowBatch& batch) override;
  Result<DeleteResult> Delete(const OpContext& context, CollectionId collection,
                              const DeleteRequest& request) override;

  Result<SearchResult> Search(const OpContext& context, CollectionId collection,
                              const SearchRequest& request) override;
  Result<QueryResult> Query(const OpContext& context, CollectionId collection,
                            const QueryRequest& request) override;

  Result<IndexInspection> InspectIndex(const OpContext& context, CollectionId collection,
                                       const InspectRequest& request) override;
  Status RebuildIndexes(const OpContext& context, CollectionId collection) override;
  Result<CollectionStats> Stats(const OpContext& context, CollectionId collection) override;
  Status Flush(const OpContext& context, CollectionId collection) override;
  Status CheckHealth(const OpContext& context) override;

 private:
  // Tables stay where they are (std::map), because a table points at its own columns.
  using Tables = std::map<CollectionId, Table>;
  Guarded<Tables> tables_;
};

}  // namespace vecgate::reference
