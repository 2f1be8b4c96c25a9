// Gateway: names, limits and tenants on one side, the engines on the other.
//
// Every API and service reads and writes vectors through this class. It resolves databases,
// collections, aliases, partitions and fields, checks limits, compiles filters, and calls the
// engine that holds the collection. Thread safety: any thread. Errors carry the texts that Milvus'
// clients read.
#pragma once

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/guarded.h"
#include "engine/engine.h"
#include "gateway/batch_completion.h"
#include "gateway/catalog.h"
#include "gateway/search_iterators.h"

namespace vecgate::gateway {

struct GatewayLimits {
  uint32_t max_top_k = 16384;            ///< limit + offset of a search or query
  uint32_t max_queries = 16384;          ///< query vectors in a search
  uint64_t max_result_rows = 1'000'000;  ///< queries × k
  size_t max_batch_rows = 1'000'000;
};

struct FilterText {
  std::string expression;
  filter::TemplateValues values;
};

struct GatewaySearch {
  std::string vector_field;  ///< "" when the collection has one
  /// Query vectors as rows of `vector_type` hold them; it must be the field's type.
  DataType vector_type = DataType::kFloatVector;
  std::vector<std::string> vectors;
  uint32_t limit = 10;
  uint32_t offset = 0;
  std::string metric;  ///< "" or the index's
  std::vector<std::string> partitions;
  FilterText filter;
  std::vector<std::string> output_fields;
  std::optional<uint32_t> ef;
  std::optional<uint32_t> nprobe;
  std::optional<float> radius;
  std::optional<float> range_filter;
  std::string group_by_field;
  uint32_t group_size = 1;
  /// Search iterator: present when the client asks for pages; the token is "" on the first.
  struct Iterator {
    std::string token;
    std::optional<float> last_bound;
  };
  std::optional<Iterator> iterator;
};

/// The bytes of a FLOAT_VECTOR, for GatewaySearch::vectors.
std::string VectorBytes(std::span<const float> vector);

struct GatewayQuery {
  std::vector<std::string> partitions;
  FilterText filter;
  std::vector<std::string> output_fields;  ///< {"count(*)"} counts
  uint64_t offset = 0;
  std::optional<uint64_t> limit;
  bool iterator = false;  ///< A page of a query iterator: an empty filter is allowed
};

/// Output fields as they were asked for, and the columns that answer them.
struct OutputPlan {
  std::vector<size_t> fields;      ///< positions in the schema, `$meta` last when needed
  std::vector<std::string> names;  ///< as asked, `*` expanded, dynamic keys included
};

struct GatewaySearchResult {
  CollectionPtr collection;
  OutputPlan output;
  SearchResult hits;
  std::optional<size_t> group_field;  ///< The field that hits.groups holds values of.
  std::string iterator_token;
  float iterator_bound = 0;
};

struct GatewayQueryResult {
  CollectionPtr collection;
  OutputPlan output;
  bool is_count = false;
  QueryResult rows;
};

struct GatewayWriteResult {
  Column keys;
  uint64_t rows = 0;
  uint64_t replaced = 0;
};

class Gateway {
 public:
  /// Engines and clock are borrowed.
  static Result<std::unique_ptr<Gateway>> Open(std::unique_ptr<CatalogStore> store,
                                               EngineSet engines, const Clock& clock,
                                               GatewayLimits limits, Catalog::Options options = {});

  Catalog& catalog() { return *catalog_; }
  [[nodiscard]] const Clock& clock() const { return clock_; }
  [[nodiscard]] const EngineSet& engines() const { return catalog_->engines(); }

  /// `partial` holds the columns of `info`'s schema.
  Result<GatewayWriteResult> Write(const OpContext& context, const CollectionInfo& info,
                                   WriteMode mode, PartialBatch partial,
                                   const std::string& partition);
  Result<uint64_t> Delete(const OpContext& context, const CollectionInfo& info,
                          const FilterText& filter, const std::string& partition);
  Result<uint64_t> DeleteKeys(const OpContext& context, const CollectionInfo& info,
                              std::vector<PrimaryKey> keys);

  Result<GatewaySearchResult> Search(const OpContext& context, const CollectionPtr& info,
                                     GatewaySearch search);
  Result<GatewayQueryResult> Query(const OpContext& context, const CollectionPtr& info,
                                   GatewayQuery query);

  /// `vector_field` "": the only one. kInvalidArgument when there are more; errors of the engine.
  Result<IndexInspection> InspectIndex(const OpContext& context, const CollectionInfo& info,
                                       const std::string& vector_field, InspectRequest request);
  Status RebuildIndexes(const OpContext& context, const CollectionInfo& info);
  Result<CollectionStats> Stats(const OpContext& context, const CollectionInfo& info);
  Status Flush(const OpContext& context, const CollectionInfo& info);

 private:
  Gateway(const Clock& clock, GatewayLimits limits) : clock_(clock), limits_(limits) {}

  Result<SearchRequest> PlanSearch(const CollectionInfo& info, const GatewaySearch& search,
                                   OutputPlan& output) const;

  const Clock& clock_;
  const GatewayLimits limits_;
  std::unique_ptr<Catalog> catalog_;
  SearchIterators iterators_;
};

/// `names` → columns. `*` is every field; with a dynamic field an unknown name is one of its keys.
Result<OutputPlan> PlanOutput(const CollectionInfo& info, const std::vector<std::string>& names);

}  // namespace vecgate::gateway
