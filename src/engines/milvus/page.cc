#include "engines/milvus/page.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "engines/milvus/values.h"
#include "model/vector_values.h"

namespace vecgate::milvus_engine {
namespace {

/// Of one answer; Milvus itself refuses more than 100 MiB.
constexpr uint64_t kAnswerBytes = 32 << 20;
/// Texts, documents and lists are mostly far shorter than they may be.
constexpr uint64_t kTypicalBytes = 1024;

uint64_t BytesOf(const FieldSchema& field) {
  if (IsVector(field.type)) return VectorSizeBytes(DataType::kFloatVector, field.dim);
  switch (field.type) {
    case DataType::kVarChar: return std::min<uint64_t>(kTypicalBytes, field.max_length);
    case DataType::kArray:
    case DataType::kJson: return kTypicalBytes;
    default: return sizeof(int64_t);
  }
}

}  // namespace

Result<std::map<size_t, Column>> ReadFields(const Layout& layout, std::span<const size_t> fields,
                                            const milvus_wire::FieldsData& in, size_t num_rows) {
  std::map<size_t, Column> out;
  for (const size_t field : fields) {
    VG_ASSIGN_OR_RETURN(Column column, ReadField(layout, field, in, num_rows));
    out.emplace(field, std::move(column));
  }
  return out;
}

Result<Rows> FetchRows(ReadScope& scope, const Expression& expression,
                       std::span<const size_t> fields, uint64_t limit, uint64_t offset) {
  const Layout& layout = scope.layout();
  const size_t key = layout.schema().PrimaryKeyIndex();
  Rows out;
  out.keys = layout.field(key).MakeColumn();
  if (expression.is_none() || limit == 0) {
    for (const size_t field : fields) out.fields.emplace(field, layout.field(field).MakeColumn());
    return out;
  }
  QueryCall call{.collection = layout.collection,
                 .expression = expression.text(),
                 .outputs = {layout.key()},
                 .limit = limit,
                 .offset = offset,
                 .freshness = scope.freshness};
  for (const size_t field : fields) AddOutputs(layout, field, call.outputs);
  VG_ASSIGN_OR_RETURN(const api::QueryResults answer, scope.server.Query(scope.context, call));
  scope.Settle();
  // The key's own length tells the number of rows.
  const auto named = std::find_if(answer.fields_data().begin(), answer.fields_data().end(),
                                  [&](const auto& f) { return f.field_name() == layout.key(); });
  if (named == answer.fields_data().end()) {
    return Internal(fmt::format("the answer to a query lacks the key '{}'", layout.key()));
  }
  VG_ASSIGN_OR_RETURN(out.keys, milvus_wire::ParseColumn(layout.Stored(key), *named, 0));
  VG_ASSIGN_OR_RETURN(out.fields, ReadFields(layout, fields, answer.fields_data(), out.size()));
  return out;
}

uint64_t RowsAtOnce(const Layout& layout, std::span<const size_t> fields) {
  uint64_t bytes = BytesOf(layout.schema().PrimaryKeyField());
  for (const size_t field : fields) bytes += BytesOf(layout.field(field));
  return std::clamp<uint64_t>(kAnswerBytes / bytes, 1, kMaxWindow);
}

std::vector<uint32_t> MatchingRows(const Layout& layout, const filter::Filter* filter,
                                   const Rows& rows) {
  std::vector<uint32_t> out;
  if (filter == nullptr) {
    out.resize(rows.size());
    std::iota(out.begin(), out.end(), 0);
    return out;
  }
  std::vector<const Column*> columns(layout.schema().fields.size(), nullptr);
  for (const auto& [field, column] : rows.fields) columns[field] = &column;
  const filter::Bitset matching = filter::Evaluate(*filter, columns, rows.size());
  for (uint32_t row = 0; row < rows.size(); ++row) {
    if (matching.Test(row)) out.push_back(row);
  }
  return out;
}

void AddFields(std::span<const size_t> more, std::vector<size_t>& fields) {
  for (const size_t field : more) {
    if (std::find(fields.begin(), fields.end(), field) == fields.end()) fields.push_back(field);
  }
}

std::vector<PrimaryKey> Distinct(std::vector<PrimaryKey> keys) {
  std::sort(keys.begin(), keys.end());
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace vecgate::milvus_engine
