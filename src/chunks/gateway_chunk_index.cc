#include "chunks/gateway_chunk_index.h"

#include <algorithm>
#include <array>

#include "base/check.h"

namespace vecgate {
namespace {

// In this order in the schema, in a batch and in the answer of a search.
constexpr std::array kTextFields{"chunk_id", "ingestion_id",   "document_id",
                                 "document", "chunk_strategy", "chunk_text"};
constexpr std::array kNumberFields{"chunk_index", "page", "byte_begin", "byte_end"};
constexpr const char* kMetadataField = "source_metadata";
constexpr const char* kVectorField = "embedding";

uint32_t MaxLength(std::string_view field) {
  if (field == "chunk_text") return kMaxVarCharLength;
  return field == "document" ? 1024 : 128;
}

const std::string& TextOf(const ChunkRow& row, size_t field) {
  const std::array values{&row.chunk_id, &row.ingestion_id,   &row.document_id,
                          &row.document, &row.chunk_strategy, &row.chunk_text};
  return *values[field];
}

std::array<int64_t, 4> NumbersOf(const ChunkRow& row) {
  return {row.chunk_index, row.page, row.byte_begin, row.byte_end};
}

// Fills columns of the schema, whatever its order.
class BatchBuilder {
 public:
  explicit BatchBuilder(const CollectionSchema& schema) : schema_(schema) {
    for (const FieldSchema& field : schema.fields) batch_.columns.emplace_back(field.MakeColumn());
  }
  void Add(const ChunkRow& row, std::span<const float> vector) {
    for (size_t i = 0; i < kTextFields.size(); ++i) ColumnOf(kTextFields[i]).Append(TextOf(row, i));
    const auto numbers = NumbersOf(row);
    for (size_t i = 0; i < kNumberFields.size(); ++i) ColumnOf(kNumberFields[i]).Append(numbers[i]);
    ColumnOf(kMetadataField).Append(row.source_metadata);
    ColumnOf(kVectorField).AppendVector(vector);
    ++batch_.num_rows;
  }
  gateway::PartialBatch Take() { return std::move(batch_); }

 private:
  Column& ColumnOf(const char* name) {
    const auto field = schema_.FindField(name);
    VG_CHECK(field.has_value());  // Resolve checked the schema.
    return *batch_.columns[*field];
  }
  const CollectionSchema& schema_;
  gateway::PartialBatch batch_;
};

std::vector<std::string> OutputFields() {
  std::vector<std::string> out(kTextFields.begin(), kTextFields.end());
  out.insert(out.end(), kNumberFields.begin(), kNumberFields.end());
  out.emplace_back(kMetadataField);
  return out;
}

ChunkHit HitAt(const SearchResult& hits, size_t row) {
  const auto text = [&](size_t column) { return hits.columns[column].As<std::string>()[row]; };
  const auto number = [&](size_t i) {
    return hits.columns[kTextFields.size() + i].As<int64_t>()[row];
  };
  ChunkHit out;
  out.row = {.chunk_id = text(0),
             .ingestion_id = text(1),
             .document_id = text(2),
             .document = text(3),
             .chunk_index = number(0),
             .chunk_strategy = text(4),
             .chunk_text = text(5),
             .source_metadata = text(kTextFields.size() + kNumberFields.size()),
             .page = number(1),
             .byte_begin = number(2),
             .byte_end = number(3)};
  out.score = hits.scores[row];
  return out;
}

}  // namespace

GatewayChunkIndex::GatewayChunkIndex(gateway::Gateway& gateway, Options options)
    : gateway_(gateway),
      options_(std::move(options)),
      name_("document_chunks_" + options_.embedder) {}

CollectionSchema GatewayChunkIndex::Schema() const {
  CollectionSchema schema;
  schema.name = name_;
  schema.description =
      "Chunks of ingested documents; rows with chunk_index < 0 are being replaced.";
  for (const char* name : kTextFields) {
    FieldSchema field;
    field.name = name;
    field.type = DataType::kVarChar;
    field.max_length = MaxLength(name);
    field.is_primary_key = schema.fields.empty();
    schema.fields.push_back(std::move(field));
  }
  for (const char* name : kNumberFields) {
    FieldSchema field;
    field.name = name;
    field.type = DataType::kInt64;
    schema.fields.push_back(std::move(field));
  }
  FieldSchema metadata;
  metadata.name = kMetadataField;
  metadata.type = DataType::kJson;
  schema.fields.push_back(std::move(metadata));
  FieldSchema vector;
  vector.name = kVectorField;
  vector.type = DataType::kFloatVector;
  vector.dim = options_.dimension;
  schema.fields.push_back(std::move(vector));
  return schema;
}

Status GatewayChunkIndex::EnsureCollection(const OpContext& context) {
  gateway::Catalog& catalog = gateway_.catalog();
  if (!catalog.Resolve(options_.database, name_).ok()) {
    gateway::CreateCollectionOptions create;
    create.database = options_.database;
    create.schema = Schema();
    const Status created = catalog.CreateCollection(context, std::move(create));
    // Another worker may have been quicker.
    if (!created.ok() && created.error().code != Code::kAlreadyExists) return created;
  }
  VG_ASSIGN_OR_RETURN(const gateway::CollectionPtr info, Resolve());
  const auto field = info->schema.FindField(kVectorField);
  if (info->FindIndexOfField(*field) == nullptr) {
    gateway::CreateIndexOptions index;
    index.field = kVectorField;
    index.params = {{"index_type", "AUTOINDEX"}, {"metric_type", "COSINE"}};
    VG_RETURN_IF_ERROR(catalog.CreateIndex(context, options_.database, name_, index));
  }
  return catalog.Load(options_.database, name_);
}

Result<gateway::CollectionPtr> GatewayChunkIndex::Resolve() const {
  VG_ASSIGN_OR_RETURN(gateway::CollectionPtr info,
                      gateway_.catalog().Resolve(options_.database, name_));
  CollectionSchema wanted = Schema();
  VG_RETURN_IF_ERROR(FinishSchema(wanted));
  for (const FieldSchema& field : wanted.fields) {
    const auto found = info->schema.FindField(field.name);
    const bool same = found && info->schema.fields[*found].type == field.type &&
                      info->schema.fields[*found].dim == field.dim;
    if (!same) {
      return FailedPrecondition("collection " + name_ + " has no field " + field.name +
                                    " of type " + std::string(DataTypeName(field.type)) +
                                    ", so it cannot hold chunks; rename or drop it",
                                Subject::kCollection);
    }
  }
  return info;
}

Status GatewayChunkIndex::Switch(const OpContext& context, std::span<const ChunkRow> rows,
                                 std::span<const float> vectors,
                                 std::span<const std::string> hidden_ids) {
  // A client may have dropped the collection since the start.
  VG_RETURN_IF_ERROR(EnsureCollection(context));
  VG_ASSIGN_OR_RETURN(const gateway::CollectionPtr info, Resolve());
  BatchBuilder batch(info->schema);
  for (size_t i = 0; i < rows.size(); ++i) {
    batch.Add(rows[i], vectors.subspan(i * options_.dimension, options_.dimension));
  }
  // Any unit vector will do: no search returns a hidden row.
  std::vector<float> unit(options_.dimension, 0.0F);
  unit[0] = 1;
  for (const std::string& id : hidden_ids) {
    ChunkRow hidden;
    hidden.chunk_id = id;
    // Still theirs, so that deleting by document or ingestion finds a hidden row as well.
    hidden.ingestion_id = id.substr(0, id.rfind('-'));
    hidden.document_id = rows.empty() ? "" : rows.front().document_id;
    hidden.chunk_index = kHiddenChunkIndex;
    batch.Add(hidden, unit);
  }
  gateway::PartialBatch partial = batch.Take();
  if (partial.num_rows == 0) return Ok();
  VG_RETURN_IF_ERROR(gateway_.Write(context, *info, WriteMode::kUpsert, std::move(partial), ""));
  return Ok();
}

Status GatewayChunkIndex::DeleteChunks(const OpContext& context, std::span<const std::string> ids) {
  VG_ASSIGN_OR_RETURN(const gateway::CollectionPtr info, Resolve());
  VG_RETURN_IF_ERROR(gateway_.DeleteKeys(context, *info, {ids.begin(), ids.end()}));
  return Ok();
}

Status GatewayChunkIndex::DeleteWhere(const OpContext& context, const std::string& field,
                                      const std::string& value) {
  const Result<gateway::CollectionPtr> info = Resolve();
  if (!info.ok() && info.error().code == Code::kNotFound) return Ok();  // Nothing can be in it.
  if (!info.ok()) return info.error();
  const gateway::FilterText filter{field + " == {value}", {{"value", filter::Literal{value}}}};
  VG_RETURN_IF_ERROR(gateway_.Delete(context, **info, filter, ""));
  return Ok();
}

Status GatewayChunkIndex::DeleteIngestion(const OpContext& context,
                                          const std::string& ingestion_id) {
  return DeleteWhere(context, "ingestion_id", ingestion_id);
}

Status GatewayChunkIndex::DeleteDocument(const OpContext& context, const std::string& document_id) {
  return DeleteWhere(context, "document_id", document_id);
}

Result<std::vector<ChunkHit>> GatewayChunkIndex::Search(const OpContext& context,
                                                        std::span<const float> query, size_t k,
                                                        const std::string& filter) {
  VG_ASSIGN_OR_RETURN(const gateway::CollectionPtr info, Resolve());
  gateway::GatewaySearch search;
  search.vector_field = kVectorField;
  search.vectors = {gateway::VectorBytes(query)};
  search.limit = static_cast<uint32_t>(k);
  search.filter.expression =
      filter.empty() ? "chunk_index >= 0" : "(" + filter + ") and chunk_index >= 0";
  search.output_fields = OutputFields();
  VG_ASSIGN_OR_RETURN(const gateway::GatewaySearchResult result,
                      gateway_.Search(context, info, std::move(search)));
  std::vector<ChunkHit> out;
  for (size_t row = 0; row < result.hits.scores.size(); ++row) {
    ChunkHit hit = HitAt(result.hits, row);
    // However a client's filter plays with parentheses, a hidden row stays hidden.
    if (hit.row.chunk_index >= 0) out.push_back(std::move(hit));
  }
  return out;
}

}  // namespace vecgate
