#include "engine/reference/reference_engine.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "engine/reference/exact_search.h"
#include "model/index_rules.h"

namespace vecgate::reference {
namespace {

constexpr size_t kRowsBetweenChecks = 1024;

Error NoSuchCollection(CollectionId id) {
  return NotFound(fmt::format("collection {} does not exist in this engine", ToNumber(id)),
                  Subject::kCollection);
}

template <typename Tables>
auto Find(Tables& tables, CollectionId id) -> Result<decltype(&tables.begin()->second)> {
  const auto found = tables.find(id);
  if (found == tables.end()) return NoSuchCollection(id);
  return &found->second;
}

std::string Names(const std::vector<IndexType>& types) {
  std::string out;
  for (const IndexType type : types) {
    if (!out.empty()) out += ", ";
    out += IndexTypeName(type);
  }
  return out.empty() ? "none" : out;
}

bool IsPage(const QueryRequest& request, uint64_t position) {
  if (position < request.offset) return false;
  return !request.limit || position - request.offset < *request.limit;
}

/// The rows that a query is about, in order of key.
Result<std::vector<uint32_t>> SelectRows(const OpContext& context, const Table& table,
                                         const QueryRequest& request) {
  std::vector<uint32_t> out;
  const std::set<PrimaryKey> keys =
      request.keys ? std::set<PrimaryKey>(request.keys->begin(), request.keys->end())
                   : std::set<PrimaryKey>();
  size_t seen = 0;
  for (const auto& [key, row] : table.rows()) {
    if (seen++ % kRowsBetweenChecks == 0) VG_RETURN_IF_ERROR(context.Check());
    if (request.keys && !keys.contains(key)) continue;
    if (request.after_key && !(*request.after_key < key)) continue;
    if (table.Selects(request.selection, row)) out.push_back(row);
  }
  return out;
}

}  // namespace

Capabilities ReferenceEngine::GetCapabilities() const {
  return {.engine = "reference",
          .vector_indexes = {IndexType::kAuto, IndexType::kFlat, IndexType::kHnsw},
          .binary_indexes = {IndexType::kAuto, IndexType::kBinFlat, IndexType::kHnsw},
          .scalar_indexes = ScalarIndexTypes(),
          .metrics = {Metric::kL2, Metric::kInnerProduct, Metric::kCosine, Metric::kHamming,
                      Metric::kJaccard},
          .durable = false,
          .exact_only = true};
}

Result<std::vector<CollectionSpec>> ReferenceEngine::ListCollections(const OpContext& context) {
  VG_RETURN_IF_ERROR(context.Check());
  std::vector<CollectionSpec> out;
  const auto tables = tables_.LockShared();
  for (const auto& [id, table] : *tables) out.push_back(table.spec());
  return out;
}

Status ReferenceEngine::CreateCollection(const OpContext& context, const CollectionSpec& spec) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.Lock();
  if (!tables->try_emplace(spec.id, spec).second) {
    return AlreadyExists(fmt::format("collection {} exists already", ToNumber(spec.id)),
                         Subject::kCollection);
  }
  return Ok();
}

Status ReferenceEngine::DropCollection(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  tables_.Lock()->erase(collection);
  return Ok();
}

Status ReferenceEngine::CreateIndex(const OpContext& context, CollectionId collection,
                                    const IndexSpec& index) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.Lock();
  VG_ASSIGN_OR_RETURN(Table * table, Find(*tables, collection));
  if (index.field >= table->schema().fields.size()) {
    return InvalidArgument(
        fmt::format("collection {} has no field {}", ToNumber(collection), index.field),
        Subject::kField);
  }
  const FieldSchema& field = table->schema().fields[index.field];
  const Capabilities capabilities = GetCapabilities();
  const auto& types = capabilities.IndexesOf(field.type);
  if (std::find(types.begin(), types.end(), index.type) == types.end()) {
    return Unimplemented(
        fmt::format("index type {} is not available for field '{}' ({}); there are: {}",
                    IndexTypeName(index.type), field.name, DataTypeName(field.type), Names(types)),
        Subject::kIndex);
  }
  VG_RETURN_IF_ERROR(IsVector(field.type) ? CheckMetric(field, index.metric)
                                          : CheckScalarIndex(index.type, field));
  table->indexes[index.field] = index;
  return Ok();
}

Status ReferenceEngine::DropIndex(const OpContext& context, CollectionId collection, size_t field) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.Lock();
  VG_ASSIGN_OR_RETURN(Table * table, Find(*tables, collection));
  table->indexes.erase(field);
  return Ok();
}

// Keys are unique whatever the mode, so both modes write alike.
Result<WriteResult> ReferenceEngine::Write(const OpContext& context, CollectionId collection,
                                           WriteMode /*mode*/, const RowBatch& batch) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.Lock();
  VG_ASSIGN_OR_RETURN(Table * table, Find(*tables, collection));
  const uint64_t replaced = table->Write(batch);
  return WriteResult{.replaced = replaced, .sequence = ++table->sequence};
}

Result<DeleteResult> ReferenceEngine::Delete(const OpContext& context, CollectionId collection,
                                             const DeleteRequest& request) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.Lock();
  VG_ASSIGN_OR_RETURN(Table * table, Find(*tables, collection));
  const bool by_selection =
      request.selection.filter != nullptr || !request.selection.partitions.empty();
  const std::set<PrimaryKey> keys(request.keys.begin(), request.keys.end());
  std::vector<PrimaryKey> doomed;
  for (const auto& [key, row] : table->rows()) {
    const bool named = keys.empty() ? by_selection : keys.contains(key);
    if (named && table->Selects(request.selection, row)) doomed.push_back(key);
  }
  for (const PrimaryKey& key : doomed) table->Erase(key);
  return DeleteResult{.deleted = doomed.size(), .sequence = ++table->sequence};
}

Result<SearchResult> ReferenceEngine::Search(const OpContext& context, CollectionId collection,
                                             const SearchRequest& request) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.LockShared();
  VG_ASSIGN_OR_RETURN(const Table* table, Find(*tables, collection));
  return ExactSearch(context, *table, request);
}

Result<QueryResult> ReferenceEngine::Query(const OpContext& context, CollectionId collection,
                                           const QueryRequest& request) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.LockShared();
  VG_ASSIGN_OR_RETURN(const Table* table, Find(*tables, collection));
  VG_ASSIGN_OR_RETURN(const std::vector<uint32_t> rows, SelectRows(context, *table, request));
  QueryResult out;
  const Column& keys = table->column(table->schema().PrimaryKeyIndex());
  out.keys = keys.EmptyLike();
  if (request.count_only) {
    out.count = rows.size();
    return out;
  }
  std::vector<uint32_t> page;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (IsPage(request, i)) page.push_back(rows[i]);
  }
  out.count = page.size();
  out.keys = keys.Gather(page);
  for (const size_t field : request.output_fields) {
    out.columns.push_back(table->column(field).Gather(page));
  }
  return out;
}

Result<IndexInspection> ReferenceEngine::InspectIndex(const OpContext& /*context*/,
                                                      CollectionId /*collection*/,
                                                      const InspectRequest& /*request*/) {
  return Unimplemented("the reference engine has no indexes: it compares every row",
                       Subject::kIndex);
}

Status ReferenceEngine::RebuildIndexes(const OpContext& /*context*/, CollectionId /*collection*/) {
  return Unimplemented("the reference engine has no indexes: it compares every row",
                       Subject::kIndex);
}

Result<CollectionStats> ReferenceEngine::Stats(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.LockShared();
  VG_ASSIGN_OR_RETURN(const Table* table, Find(*tables, collection));
  CollectionStats out;
  out.rows = table->rows().size();
  for (const auto& [key, row] : table->rows())
    ++out.rows_by_partition[ToNumber(table->PartitionOf(row))];
  for (const auto& [field, index] : table->indexes) {
    out.indexes.push_back(
        {.field = field, .spec = index, .indexed_rows = out.rows, .pending_rows = 0});
  }
  for (size_t field = 0; field < table->schema().fields.size(); ++field) {
    const bool vector = IsVector(table->schema().fields[field].type);
    out.memory[vector ? "vectors" : "scalars"] += table->column(field).SizeBytes();
  }
  return out;
}

Status ReferenceEngine::Flush(const OpContext& context, CollectionId collection) {
  VG_RETURN_IF_ERROR(context.Check());
  const auto tables = tables_.LockShared();
  VG_RETURN_IF_ERROR(Find(*tables, collection));
  return Ok();
}

Status ReferenceEngine::CheckHealth(const OpContext& context) { return context.Check(); }

}  // namespace vecgate::reference
