// DbCollection: the data set in a collection of a running server, of its own name.
//
// Thread safety: InsertPaced beside searches; else one thread at a time. Ownership: borrows
// options, data and connections.
#pragma once

#include <functional>
#include <memory>
#include <stop_token>
#include <vector>

#include "bench/ann_data.h"
#include "bench/db_options.h"
#include "bench/latency.h"
#include "milvus_client/milvus_client.h"

namespace vecgate::bench {

using Connections = std::vector<std::unique_ptr<milvus_client::MilvusClient>>;

/// Told now and then what is being waited for.
using DbProgress = std::function<void(const std::string&)>;

struct InsertFigures {
  size_t rows = 0;
  double seconds = 0;
  Latency latency;  ///< Of one Insert.
};

struct FillFigures {
  InsertFigures insert;
  double flush_s = 0;
  double index_s = 0;  ///< From CreateIndex until no row waits for it.
  double load_s = 0;
};

class DbCollection {
 public:
  /// kAlreadyExists when the server has a collection of that name, unless --drop is given. Changes
  /// nothing.
  static Status CheckName(const DbOptions& options, milvus_client::MilvusClient& client);

  /// Deletes a collection of that name first if --drop is given. REQUIRES: CheckName succeeded.
  static Result<std::unique_ptr<DbCollection>> Create(const DbOptions& options, const AnnData& data,
                                                      const Connections& connections,
                                                      const DbProgress& progress);

  /// Inserts the base, then flushes, builds the index and loads, until every row is indexed.
  Result<FillFigures> Fill();
  /// Inserts rows again under new keys, --mixed of them a second, until told to stop.
  Result<InsertFigures> InsertPaced(milvus_client::MilvusClient& client,
                                    const std::stop_token& stop) const;
  Status Drop();

  /// A search at this value of the sweep.
  [[nodiscard]] milvus_client::SearchPlan PlanOf(uint32_t value) const;

 private:
  DbCollection(const DbOptions& options, const AnnData& data, const Connections& connections,
               const DbProgress& progress);

  Result<InsertFigures> InsertBase() const;
  /// One Insert of rows [begin, end): the vectors are the base's, again and again.
  Status InsertRows(milvus_client::MilvusClient& client, size_t begin, size_t end) const;
  Status AwaitFlushed() const;
  Status AwaitIndexed() const;
  Status AwaitLoaded() const;

  const DbOptions& options_;
  const AnnData& data_;
  const Connections& connections_;
  const DbProgress& progress_;
  milvus_client::CollectionShape shape_;
};

}  // namespace vecgate::bench
