// AnnEngine: the data set in an embedded engine, through the contract that every client uses: rows
// inserted in batches, one index built, searches as requests. Nothing here knows an index from
// inside, so what is measured is what a caller of the engine gets.
//
// Thread safety: Search from any thread once Build returned. Ownership: owns the engine; borrows
// options and data.
#pragma once

#include <memory>
#include <optional>

#include "bench/ann_data.h"
#include "bench/ann_options.h"
#include "engines/embedded/embedded_engine.h"

namespace vecgate::bench {

/// Searches of one thread, one query after another, beside other work.
struct BesideFigures {
  size_t queries = 0;
  /// Absent while rows wait to be replaced: then the truth is not yet what the engine holds.
  std::optional<double> recall;
  double p50_us = 0;
  double p99_us = 0;
};

/// Work on an index that stands.
struct UpkeepFigures {
  double seconds = 0;
  std::optional<BesideFigures> beside;
};

struct ReopenFigures {
  double close_s = 0;  ///< Flush and close: the snapshot is written here.
  /// From the beginning of Open: until it returned, until one search for the first query was
  /// answered, until every row is in the index.
  double open_s = 0;
  double first_search_s = 0;
  double indexed_s = 0;
  double cpu_s = 0;  ///< Of all that from Open on.
};

struct BuildFigures {
  double insert_s = 0;
  double insert_cpu_s = 0;
  double build_s = 0;  ///< From CreateIndex until every row is in the index.
  double build_cpu_s = 0;
  std::optional<BesideFigures> beside;
  std::optional<UpkeepFigures> replace;  ///< Until every row that was replaced is in the index.
  std::optional<UpkeepFigures> rebuild;  ///< Until the new index serves.
  std::optional<ReopenFigures> reopen;
  double load_average = 0;      ///< Before the first insert.
  double memory_growth_mb = 0;  ///< Of RssAnon, from before the first insert until built.
  double memory_peak_mb = 0;    ///< RssAnon at its highest after an insert or the build.
  MemoryUse memory;             ///< As the engine counts its structures.
};

class AnnEngine {
 public:
  static Result<std::unique_ptr<AnnEngine>> Create(const AnnOptions& options, const AnnData& data);

  /// All rows; those to be replaced with the vector of another.
  Status Insert(BuildFigures& figures);
  /// REQUIRES: Insert, here and below.
  Status BuildIndex(BuildFigures& figures);
  /// Gives the rows to be replaced their own vectors, and waits until these are in the index.
  Status Replace(BuildFigures& figures);
  /// Builds all indexes anew and waits until they serve.
  Status Rebuild();
  /// Flushes, closes, and opens the store again as a new process would, but for the files that the
  /// system still holds in memory. REQUIRES: options.flags.store.
  Status Reopen(BuildFigures& figures);
  Status CountMemory(BuildFigures& figures) const;
  /// A search for queries [begin, end) at this point of the sweep. kUnimplemented when the contract
  /// has no field for the sweep's kind.
  [[nodiscard]] Result<SearchRequest> MakeRequest(uint32_t value, size_t begin, size_t end) const;
  [[nodiscard]] Result<SearchResult> Search(const SearchRequest& request) const;

 private:
  AnnEngine(const AnnOptions& options, const AnnData& data,
            std::unique_ptr<embedded::EmbeddedEngine> engine)
      : options_(options), data_(data), engine_(std::move(engine)) {}

  static Result<std::unique_ptr<embedded::EmbeddedEngine>> Open(const AnnOptions& options);
  Status CreateCollection();
  /// Rows [begin, end), of those to be replaced or of all.
  enum class RowKind { kFirst, kReplacing };
  [[nodiscard]] RowBatch MakeRows(size_t begin, size_t end, RowKind kind) const;
  [[nodiscard]] bool IsReplaced(size_t row) const;

  const AnnOptions& options_;
  const AnnData& data_;
  std::unique_ptr<embedded::EmbeddedEngine> engine_;
  CollectionSchema schema_;
  std::shared_ptr<const filter::Filter> filter_;
};

}  // namespace vecgate::bench
