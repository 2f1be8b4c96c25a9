// Engine: the contract that every vector store stands behind.
//
// Promises, for every implementation:
// - Thread-safe: any method from any thread.
// - A write that returned OK is durable (Capabilities::durable) and every read that begins
//   afterwards sees it. A batch is applied whole or not at all, also across a crash.
// - Primary keys are unique: writing a key that exists replaces its row. Within one batch the last
//   row of a key wins. Writes are idempotent by primary key and may be repeated.
// - A read sees each batch whole or not at all; never two versions of a row, never neither.
// - Hits come best first, ties by primary key. A filtered search returns k hits whenever k rows
//   match.
// - Past its deadline, or cancelled, a call answers kDeadlineExceeded / kCancelled; whether a write
//   took effect is then unknown, and it may be repeated.
// - An unknown collection is kNotFound with Subject::kCollection.
//
// What an engine lacks is data in Capabilities; asked for it, the engine answers kUnimplemented
// and names what it has.
#pragma once

#include <memory>
#include <vector>

#include "base/op_context.h"
#include "base/result.h"
#include "engine/capabilities.h"
#include "engine/requests.h"

namespace vecgate {

class Engine {
 public:
  virtual ~Engine() = default;

  [[nodiscard]] virtual Capabilities GetCapabilities() const = 0;

  /// The collections that exist, in order of id.
  virtual Result<std::vector<CollectionSpec>> ListCollections(const OpContext& context) = 0;
  /// kAlreadyExists when the id is taken. REQUIRES: the schema was finished (FinishSchema).
  virtual Status CreateCollection(const OpContext& context, const CollectionSpec& spec) = 0;
  /// Dropping what is not there succeeds: drops may be repeated.
  virtual Status DropCollection(const OpContext& context, CollectionId collection) = 0;

  /// Sets the index of a field; searches and filters work before, during and after, exactly or by
  /// index. kUnimplemented for a type that this engine does not build on such a field,
  /// kInvalidArgument for parameters or a field that the type does not take; both with
  /// Subject::kIndex.
  virtual Status CreateIndex(const OpContext& context, CollectionId collection,
                             const IndexSpec& index) = 0;
  /// Dropping what is not there succeeds.
  virtual Status DropIndex(const OpContext& context, CollectionId collection, size_t field) = 0;

  /// REQUIRES: the batch passed ValidateBatch against the collection's schema.
  virtual Result<WriteResult> Write(const OpContext& context, CollectionId collection,
                                    WriteMode mode, const RowBatch& batch) = 0;
  virtual Result<DeleteResult> Delete(const OpContext& context, CollectionId collection,
                                      const DeleteRequest& request) = 0;

  virtual Result<SearchResult> Search(const OpContext& context, CollectionId collection,
                                      const SearchRequest& request) = 0;
  virtual Result<QueryResult> Query(const OpContext& context, CollectionId collection,
                                    const QueryRequest& request) = 0;

  /// Measures an index on vectors of its own rows. kNotFound (Subject::kIndex) when the field has
  /// none. Lasts as long as `sample` exact searches, and one look at every node of a graph.
  virtual Result<IndexInspection> InspectIndex(const OpContext& context, CollectionId collection,
                                               const InspectRequest& request) = 0;
  /// Begins to build all indexes anew beside the present ones, which serve until then, and returns;
  /// Stats tells how far it is. Asked for again meanwhile, it goes on as it is.
  virtual Status RebuildIndexes(const OpContext& context, CollectionId collection) = 0;

  virtual Result<CollectionStats> Stats(const OpContext& context, CollectionId collection) = 0;
  /// Everything acknowledged so far is durable, and views are snapshotted for a fast reopen.
  virtual Status Flush(const OpContext& context, CollectionId collection) = 0;
  /// OK when the engine can serve reads and writes now.
  virtual Status CheckHealth(const OpContext& context) = 0;
};

}  // namespace vecgate
