// PostgresEngine: collections as tables of PostgreSQL, vectors by pgvector.
//
// The tables and the catalog of collections lie in one schema of the database, so gateways on the
// same schema serve the same collections. JSON is kept as jsonb: it comes back as an equal value,
// not byte for byte (Capabilities::keeps_json_text).
//
// Failures that pass by themselves (a server that restarts, a deadlock, a lost connection) are
// tried again within the deadline. A write is idempotent, so one whose acknowledgement was lost is
// repeated; it then counts the rows that its first attempt wrote as replaced.
//
// Thread safety: as Engine says. Ownership: owns its connections; no threads of its own.
#pragma once

#include <memory>

#include "engine/engine.h"
#include "engines/postgres/postgres_options.h"

namespace vecgate::postgres {

class PostgresEngine final : public Engine {
 public:
  /// Errors have Subject::kConfig and say what to do: options out of range, a DSN that libpq does
  /// not understand (kInvalidArgument); a server or pgvector that is too old, rights or an
  /// extension that are missing, a catalog of another format (kFailedPrecondition). A server that
  /// cannot be reached is no error: the engine opens, CheckHealth and every call say kUnavailable,
  /// and the first connection that is made is checked then.
  static Result<std::unique_ptr<PostgresEngine>> Open(PostgresOptions options);
  ~PostgresEngine() override;

  [[nodiscard]] Capabilities GetCapabilities() const override;
  Result<std::vector<CollectionSpec>> ListCollections(const OpContext& context) override;
  Status CreateCollection(const OpContext& context, const CollectionSpec& spec) override;
  Status DropCollection(const OpContext& context, CollectionId collection) override;
  /// Builds the index before it returns; writes to the collection wait meanwhile, reads do not.
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

  explicit PostgresEngine(std::unique_ptr<Core> core);

  std::unique_ptr<Core> core_;
};

}  // namespace vecgate::postgres
