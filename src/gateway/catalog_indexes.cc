// Partitions and indexes of the catalog.
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>

#include "gateway/catalog.h"
#include "gateway/catalog_errors.h"

namespace vecgate::gateway {
namespace {

constexpr size_t kMaxPartitions = 1024;

/// The names of the index types in `types`, for an error that says what there is.
std::string NamesOf(const std::vector<IndexType>& types) {
  std::vector<std::string_view> names;
  for (const IndexType type : types) names.push_back(IndexTypeName(type));
  return fmt::format("{}", fmt::join(names, ", "));
}

Status CheckIntParam(const std::map<std::string, std::string>& params, const std::string& key,
                     long low, long high) {
  const auto found = params.find(key);
  if (found == params.end()) return Ok();
  char* end = nullptr;
  const long value = std::strtol(found->second.c_str(), &end, 10);
  if (end != found->second.c_str() && *end == '\0' && value >= low && value <= high) return Ok();
  return InvalidArgument(
      fmt::format("invalid index parameter {}: {} found, out of range: [{}, {}] is allowed", key,
                  found->second, low, high),
      Subject::kIndex);
}

Result<Metric> MetricOf(const FieldSchema& field, const CreateIndexOptions& options) {
  const auto given = options.params.find("metric_type");
  if (given == options.params.end() || given->second.empty()) return MetricsOf(field.type).front();
  return MetricFor(field, given->second);
}

/// What the client asked for, checked against the field and the engine.
Result<IndexSpec> MakeSpec(const CollectionInfo& info, const CreateIndexOptions& options,
                           const Capabilities& capabilities) {
  IndexSpec spec;
  const auto field = info.schema.FindField(options.field);
  if (!field || info.schema.fields[*field].is_dynamic) {
    return NotFound(fmt::format("cannot create index on non-exist field: {}", options.field),
                    Subject::kField);
  }
  spec.field = *field;
  const auto given = options.params.find("index_type");
  const std::string type_name = given == options.params.end() ? "" : given->second;
  const auto type = IndexTypeFromName(type_name);
  const bool is_vector = IsVector(info.schema.fields[*field].type);
  const auto& known = capabilities.IndexesOf(info.schema.fields[*field].type);
  if (!type || std::find(known.begin(), known.end(), *type) == known.end()) {
    return InvalidArgument(
        fmt::format("invalid index type: {} on field {} ({}): the {} engine builds {}", type_name,
                    options.field, DataTypeName(info.schema.fields[*field].type),
                    capabilities.engine, known.empty() ? "none there" : NamesOf(known)),
        Subject::kIndex);
  }
  spec.type = *type;
  if (is_vector) {
    VG_ASSIGN_OR_RETURN(spec.metric, MetricOf(info.schema.fields[*field], options));
    VG_RETURN_IF_ERROR(CheckIntParam(options.params, "M", 2, 2048));
    VG_RETURN_IF_ERROR(CheckIntParam(options.params, "efConstruction", 1, 65536));
  }
  spec.params = options.params;
  spec.params.erase("index_type");
  spec.params.erase("metric_type");
  return spec;
}

}  // namespace

Status Catalog::CreatePartition(const std::string& database, const std::string& name,
                                const std::string& partition) {
  VG_RETURN_IF_ERROR(ValidateName("partition", partition, Subject::kPartition));
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, name));
  if (info.HasPartitionKey()) {
    return FailedPrecondition("disable create partition if partition key mode is used",
                              Subject::kPartition);
  }
  if (info.FindPartition(partition) != nullptr) return Ok();
  if (info.partitions.size() >= kMaxPartitions) {
    return ResourceExhausted(
        fmt::format("partition number ({}) exceeds max configuration ({}), collection: {}",
                    info.partitions.size() + 1, kMaxPartitions, name));
  }
  info.partitions.push_back(
      {PartitionId{info.next_partition_id++}, partition, clock_.UnixMillis()});
  return Publish(std::move(info));
}

Status Catalog::DropPartition(const OpContext& context, const std::string& database,
                              const std::string& name, const std::string& partition) {
  const std::lock_guard lock(ddl_mutex_);
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, name));
  if (info.HasPartitionKey()) {
    return FailedPrecondition("disable drop partition if partition key mode is used",
                              Subject::kPartition);
  }
  if (partition == kDefaultPartition) {
    return InvalidArgument("default partition cannot be deleted", Subject::kPartition);
  }
  const PartitionInfo* found = info.FindPartition(partition);
  if (found == nullptr) return Ok();
  if (info.loaded) {
    return FailedPrecondition(
        "partition cannot be dropped, partition is loaded, please release it first",
        Subject::kPartition);
  }
  info.unpurged_partitions.push_back(found->id);
  info.partitions.erase(info.partitions.begin() + (found - info.partitions.data()));
  // Readers and writers no longer find the partition before its rows go; a crash between the two is
  // mended at the next start, since the record says what is left to purge.
  const CollectionInfo published = info;
  VG_RETURN_IF_ERROR(Publish(std::move(info)));
  return Purge(context, published);
}

Status Catalog::AwaitIndexBuild(std::unique_lock<std::mutex>& lock, const OpContext& context,
                                const std::string& database, const std::string& name) {
  constexpr std::chrono::milliseconds kLookAgain{20};
  for (;;) {
    const auto info = Resolve(database, name);
    if (!info.ok() || !building_.contains((*info)->id)) return Ok();
    if (const Status wanted = context.Check(); !wanted.ok()) {
      return wanted.error().Within("an index of collection " + name + " is being built");
    }
    index_built_.wait_for(lock, kLookAgain);
  }
}

Status Catalog::CreateIndex(const OpContext& context, const std::string& database,
                            const std::string& name, const CreateIndexOptions& options) {
  std::unique_lock lock(ddl_mutex_);
  VG_RETURN_IF_ERROR(AwaitIndexBuild(lock, context, database, name));
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, name));
  VG_ASSIGN_OR_RETURN(Engine* const engine, EngineOf(info));
  IndexInfo index;
  VG_ASSIGN_OR_RETURN(index.spec, MakeSpec(info, options, engine->GetCapabilities()));
  index.name = options.index_name.empty() ? options.field : options.index_name;
  index.given_params = options.params;
  index.given_params["index_type"] = IndexTypeName(index.spec.type);
  if (IsVector(info.schema.fields[index.spec.field].type)) {
    index.given_params["metric_type"] = MetricName(index.spec.metric);
  } else {
    index.given_params.erase("metric_type");
  }
  if (const IndexInfo* existing = info.FindIndexOfField(index.spec.field)) {
    if (existing->name == index.name && existing->given_params == index.given_params) return Ok();
    return FailedPrecondition("CreateIndex failed: at most one distinct index is allowed per field",
                              Subject::kIndex);
  }
  if (info.FindIndexByName(index.name) != nullptr) {
    return FailedPrecondition(
        fmt::format("CreateIndex failed: index already exists with the name {} on another field",
                    index.name),
        Subject::kIndex);
  }
  VG_ASSIGN_OR_RETURN(index.id, ids_.Take(1));
  building_.insert(info.id);
  lock.unlock();
  const Status built = engine->CreateIndex(context, info.id, index.spec);
  lock.lock();
  building_.erase(info.id);
  index_built_.notify_all();
  VG_RETURN_IF_ERROR(built);
  // It may have another name by now, or other partitions.
  VG_ASSIGN_OR_RETURN(const CollectionPtr now, ResolveById(info.id));
  CollectionInfo changed = *now;
  changed.indexes.push_back(std::move(index));
  return Publish(std::move(changed));
}

Status Catalog::DropIndex(const OpContext& context, const std::string& database,
                          const std::string& name, const std::string& index_or_field) {
  std::unique_lock lock(ddl_mutex_);
  VG_RETURN_IF_ERROR(AwaitIndexBuild(lock, context, database, name));
  VG_ASSIGN_OR_RETURN(CollectionInfo info, Copy(database, name));
  const IndexInfo* found = info.FindIndexByName(index_or_field);
  if (found == nullptr) {
    const auto field = info.schema.FindField(index_or_field);
    if (field) found = info.FindIndexOfField(*field);
  }
  if (found == nullptr) return Ok();
  VG_ASSIGN_OR_RETURN(Engine* const engine, EngineOf(info));
  const size_t field = found->spec.field;
  if (info.loaded && IsVector(info.schema.fields[field].type)) {
    return FailedPrecondition(
        "index cannot be dropped, collection is loaded, please release it first", Subject::kIndex);
  }
  const CollectionId id = info.id;
  info.indexes.erase(info.indexes.begin() + (found - info.indexes.data()));
  VG_RETURN_IF_ERROR(Publish(std::move(info)));
  return engine->DropIndex(context, id, field);
}

}  // namespace vecgate::gateway
