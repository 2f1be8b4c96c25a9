#include "engines/milvus/write.h"

#include <algorithm>
#include <map>

#include "engines/milvus/query.h"
#include "engines/milvus/values.h"

namespace vecgate::milvus_engine {
namespace {

/// Milvus takes messages of up to 64 MiB.
constexpr size_t kMessageBytes = 32 << 20;

/// Positions of the rows to write, one a key: the last.
std::vector<uint32_t> LastRows(const Layout& layout, const RowBatch& batch) {
  const Column& keys = batch.columns[layout.schema().PrimaryKeyIndex()];
  std::map<PrimaryKey, uint32_t> last;
  for (uint32_t row = 0; row < batch.num_rows(); ++row) last[PrimaryKeyAt(keys, row)] = row;
  std::vector<uint32_t> out;
  out.reserve(last.size());
  for (const auto& [key, row] : last) out.push_back(row);
  return out;
}

Status CheckPartitions(const Layout& layout, const RowBatch& batch) {
  if (layout.has_partitions()) return Ok();
  for (size_t row = 0; row < batch.num_rows(); ++row) {
    if (batch.PartitionOf(row) == PartitionId{0}) continue;
    return Unimplemented("an adopted collection of Milvus has the default partition alone",
                         Subject::kPartition);
  }
  return Ok();
}

/// The timestamp is remembered as the newest; what callers see grows with every write.
uint64_t Advance(Collection& collection, uint64_t timestamp) {
  uint64_t newest = collection.written.load();
  while (true) {
    const uint64_t next = std::max(timestamp, newest + 1);
    if (collection.written.compare_exchange_weak(newest, next)) return next;
  }
}

}  // namespace

Result<WriteResult> WriteBatch(const OpContext& context, Server& server, Collection& collection,
                               const RowBatch& batch) {
  const Layout& layout = collection.layout;
  VG_RETURN_IF_ERROR(CheckPartitions(layout, batch));
  const std::vector<uint32_t> rows = LastRows(layout, batch);
  const size_t parts = rows.empty() ? 0 : 1 + SizeOf(batch, rows) / kMessageBytes;
  const size_t step = parts == 0 ? 1 : (rows.size() + parts - 1) / parts;
  VG_ASSIGN_OR_RETURN(const Gate::Pass pass, collection.gate.Enter(context, Gate::Kind::kWrite));
  uint64_t timestamp = 0;
  for (size_t first = 0; first < rows.size(); first += step) {
    const auto part = std::span(rows).subspan(first, std::min(step, rows.size() - first));
    api::UpsertRequest request;
    request.set_collection_name(layout.collection);
    request.set_num_rows(static_cast<uint32_t>(part.size()));
    WriteRows(layout, batch, part, *request.mutable_fields_data());
    VG_ASSIGN_OR_RETURN(timestamp, server.Upsert(context, request));
  }
  return WriteResult{.replaced = 0, .sequence = Advance(collection, timestamp)};
}

Result<DeleteResult> DeleteRows(ReadScope scope, const DeleteRequest& request) {
  Collection& collection = scope.collection;
  const RowSelection& selection = request.selection;
  const bool names_rows =
      !request.keys.empty() || selection.filter != nullptr || !selection.partitions.empty();
  VG_ASSIGN_OR_RETURN(const Gate::Pass pass,
                      collection.gate.Enter(scope.context, Gate::Kind::kAlone));
  std::vector<PrimaryKey> doomed;
  if (names_rows) {
    const auto keys = request.keys.empty() ? std::nullopt : std::optional(request.keys);
    VG_ASSIGN_OR_RETURN(doomed, KeysOf(scope, keys, selection));
  }
  for (size_t first = 0; first < doomed.size(); first += kKeysAtOnce) {
    const auto part =
        std::span(doomed).subspan(first, std::min(kKeysAtOnce, doomed.size() - first));
    VG_RETURN_IF_ERROR(scope.server.Delete(scope.context, scope.layout().collection,
                                           KeysIn(scope.layout().key(), part).text()));
  }
  // Deletes are answered without a time.
  VG_ASSIGN_OR_RETURN(const uint64_t now, scope.server.Timestamp(scope.context));
  return DeleteResult{.deleted = doomed.size(), .sequence = Advance(collection, now)};
}

}  // namespace vecgate::milvus_engine
