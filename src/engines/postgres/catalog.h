// Catalog: which collections there are, kept in the database itself, so that every gateway on it
// agrees. In the engine's schema:
//
//   format       one row: the version of these tables
//   collections  id, spec (the schema as JSON), properties (JSON)
//   indexes      collection, field, spec (JSON), name and whether the engine only found it there
//   write_sequence  grows with every write
//
// A collection's row and its table are made and dropped in one transaction. What a gateway has read
// it trusts for a few seconds; a table that is gone meanwhile is noticed by the statement that
// misses it.
//
// Thread safety: any method from any thread.
#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "engines/postgres/connection.h"
#include "engines/postgres/layout.h"

namespace vecgate::postgres {

class Catalog {
 public:
  explicit Catalog(std::string schema) : schema_(std::move(schema)) {}

  /// Checks server, extension and rights, and makes the catalog's tables where there are none.
  /// kFailedPrecondition and kPermissionDenied (Subject::kConfig) name what a person has to do.
  Status Validate(const OpContext& context, Connection& connection) const;

  Result<std::vector<CollectionSpec>> List(const OpContext& context, Connection& connection) const;
  Status Create(const OpContext& context, Connection& connection, const Layout& layout);
  Status Drop(const OpContext& context, Connection& connection, CollectionId collection);
  /// kNotFound (Subject::kCollection). Shared, because calls go on with it while another reads
  /// anew.
  Result<std::shared_ptr<const Layout>> Find(const OpContext& context, Connection& connection,
                                             CollectionId collection);
  /// The same, past what this gateway knows.
  Result<std::shared_ptr<const Layout>> Read(const OpContext& context, Connection& connection,
                                             CollectionId collection);
  void Forget(CollectionId collection) { known_.Lock()->erase(collection); }

  /// Builds an index and notes it, in one transaction; on an attached table it looks for one that
  /// is there already. Errors as Engine::CreateIndex.
  Status BuildIndex(const OpContext& context, Connection& connection, CollectionId collection,
                    const IndexSpec& spec);
  Status DropIndex(const OpContext& context, Connection& connection, CollectionId collection,
                   size_t field);

  /// Gives the sequence of a write.
  [[nodiscard]] Statement NextSequence() const;
  [[nodiscard]] const std::string& schema() const { return schema_; }

 private:
  struct Known {
    std::shared_ptr<const Layout> layout;
    std::chrono::steady_clock::time_point read;
  };

  [[nodiscard]] Statement NoteIndex(const Layout& layout, const KnownIndex& index) const;
  [[nodiscard]] Statement EraseIndex(const Layout& layout, size_t field) const;
  [[nodiscard]] std::string Table(std::string_view name) const {
    return QuoteIdentifier(schema_) + "." + QuoteIdentifier(name);
  }
  Status CheckServer(const OpContext& context, Connection& connection) const;
  Status CheckExtension(const OpContext& context, Connection& connection) const;
  Status MakeTables(const OpContext& context, Connection& connection) const;
  Status CheckFormat(const OpContext& context, Connection& connection) const;

  const std::string schema_;
  Guarded<std::map<CollectionId, Known>> known_;
};

Error NoSuchCollection(CollectionId collection);

}  // namespace vecgate::postgres
