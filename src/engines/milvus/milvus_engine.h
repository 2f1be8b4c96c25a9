// MilvusEngine: collections as collections of a Milvus server, or of Zilliz Cloud.
//
// What Milvus holds of its own accord (rows, indexes) lies there as any client of Milvus sees it;
// the contract's schema lies beside it in descriptions and properties. So engines with the same
// name_prefix on the same database serve the same collections, and nothing is kept here.
//
// A read sees all that was written before it began (MilvusOptions::sole_writer narrows that to this
// engine's own writes). Failures that pass by themselves are tried again within the deadline and
// grpc_timeout; a server that was restarted is found again without opening the engine anew.
//
// Thread safety: as Engine says. Ownership: owns its connections; no threads of its own but gRPC's.
#pragma once

#include <memory>

#include "engine/engine.h"
#include "engines/milvus/milvus_options.h"

namespace vecgate::milvus_engine {

class MilvusEngine final : public Engine {
 public:
  /// kInvalidArgument (Subject::kConfig) for options out of range. Does not wait for the server:
  /// where it does not answer, CheckHealth and every call say kUnavailable and why.
  static Result<std::unique_ptr<MilvusEngine>> Open(MilvusOptions options);
  ~MilvusEngine() override;

  [[nodiscard]] Capabilities GetCapabilities() const override;
  Result<std::vector<CollectionSpec>> ListCollections(const OpContext& context) override;
  /// With the property "vecgate.milvus.collection" the collection of that name is adopted: read and
  /// written as it is, and neither altered nor dropped. kFailedPrecondition lists all that differs
  /// from the schema.
  Status CreateCollection(const OpContext& context, const CollectionSpec& spec) override;
  Status DropCollection(const OpContext& context, CollectionId collection) override;
  /// Reads wait while the collection is released, given the index and loaded; Milvus builds it
  /// afterwards.
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
  struct Core;

  explicit MilvusEngine(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace vecgate::milvus_engine
