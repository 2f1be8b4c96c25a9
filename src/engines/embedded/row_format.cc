#include "engines/embedded/row_format.h"

#include <cstring>

#include "base/bytes.h"

namespace vecgate::embedded {
namespace {

void AppendBigEndian(std::string& out, uint64_t value) {
  for (int shift = 56; shift >= 0; shift -= 8) out.push_back(static_cast<char>(value >> shift));
}

std::string Prefixed(char kind, CollectionId id) {
  std::string out(1, kind);
  AppendBigEndian(out, ToNumber(id));
  return out;
}

void PutKey(ByteWriter& out, const PrimaryKey& key) {
  if (const auto* number = std::get_if<int64_t>(&key)) {
    out.Put(uint8_t{0});
    out.Put(*number);
  } else {
    out.Put(uint8_t{1});
    out.PutString(std::get<std::string>(key));
  }
}

Result<PrimaryKey> GetKey(ByteReader& in) {
  VG_ASSIGN_OR_RETURN(const uint8_t kind, in.Get<uint8_t>());
  if (kind == 0) {
    VG_ASSIGN_OR_RETURN(const int64_t number, in.Get<int64_t>());
    return PrimaryKey(number);
  }
  VG_ASSIGN_OR_RETURN(const std::string_view text, in.GetString());
  return PrimaryKey(std::string(text));
}

void PutIndex(ByteWriter& out, const IndexSpec& index) {
  out.Put(static_cast<uint32_t>(index.field));
  out.PutString(IndexTypeName(index.type));
  out.PutString(MetricName(index.metric));
  out.Put(static_cast<uint32_t>(index.params.size()));
  for (const auto& [name, value] : index.params) {
    out.PutString(name);
    out.PutString(value);
  }
}

Result<IndexSpec> GetIndex(ByteReader& in) {
  IndexSpec index;
  VG_ASSIGN_OR_RETURN(const uint32_t field, in.Get<uint32_t>());
  VG_ASSIGN_OR_RETURN(const std::string_view type_name, in.GetString());
  VG_ASSIGN_OR_RETURN(const std::string_view metric_name, in.GetString());
  const auto type = IndexTypeFromName(type_name);
  const auto metric = MetricFromName(metric_name);
  if (!type || !metric) return DataLoss("the catalog names an unknown index type or metric");
  index.field = field;
  index.type = *type;
  index.metric = *metric;
  VG_ASSIGN_OR_RETURN(const uint32_t params, in.Get<uint32_t>());
  for (uint32_t i = 0; i < params; ++i) {
    VG_ASSIGN_OR_RETURN(const std::string_view name, in.GetString());
    VG_ASSIGN_OR_RETURN(const std::string_view value, in.GetString());
    index.params.emplace(name, value);
  }
  return index;
}

}  // namespace

std::string CatalogPrefix() { return "C"; }
std::string CatalogKey(CollectionId id) { return Prefixed('C', id); }
std::string SequenceKey(CollectionId id) { return Prefixed('Q', id); }
std::string RowPrefix(CollectionId id) { return Prefixed('R', id); }
std::string LogPrefix(CollectionId id) { return Prefixed('L', id); }

std::string RowKey(CollectionId id, const PrimaryKey& key) {
  std::string out = RowPrefix(id);
  if (const auto* number = std::get_if<int64_t>(&key)) {
    AppendBigEndian(out, static_cast<uint64_t>(*number) ^ (uint64_t{1} << 63));
  } else {
    out += std::get<std::string>(key);
  }
  return out;
}

std::string LogKey(CollectionId id, uint64_t sequence) {
  std::string out = LogPrefix(id);
  AppendBigEndian(out, sequence);
  return out;
}

std::string EncodeCatalog(const CatalogEntry& entry) {
  ByteWriter out;
  out.Put(ToNumber(entry.spec.id));
  out.PutString(SchemaToJson(entry.spec.schema));
  out.Put(static_cast<uint32_t>(entry.indexes.size()));
  for (const IndexSpec& index : entry.indexes) PutIndex(out, index);
  return out.Take();
}

Result<CatalogEntry> DecodeCatalog(std::string_view value) {
  ByteReader in(value);
  CatalogEntry entry;
  VG_ASSIGN_OR_RETURN(const uint64_t id, in.Get<uint64_t>());
  entry.spec.id = CollectionId{id};
  VG_ASSIGN_OR_RETURN(const std::string_view schema, in.GetString());
  VG_ASSIGN_OR_RETURN(entry.spec.schema, SchemaFromJson(schema));
  VG_ASSIGN_OR_RETURN(const uint32_t indexes, in.Get<uint32_t>());
  for (uint32_t i = 0; i < indexes; ++i) {
    VG_ASSIGN_OR_RETURN(IndexSpec index, GetIndex(in));
    if (index.field >= entry.spec.schema.fields.size()) {
      return DataLoss("the catalog names an index on a field that is not there");
    }
    entry.indexes.push_back(std::move(index));
  }
  return entry;
}

std::string EncodeSequence(uint64_t sequence) {
  ByteWriter out;
  out.Put(sequence);
  return out.Take();
}

Result<uint64_t> DecodeSequence(std::string_view value) {
  return ByteReader(value).Get<uint64_t>();
}

std::string EncodeRow(const RowBatch& batch, size_t row) {
  ByteWriter out;
  out.Put(uint64_t{0});
  out.Put(ToNumber(batch.PartitionOf(row)));
  for (const Column& column : batch.columns) column.EncodeRow(row, out);
  return out.Take();
}

void StampSequence(std::string& value, uint64_t sequence) {
  std::memcpy(value.data(), &sequence, sizeof(sequence));
}

Status DecodeRow(std::string_view value, RowBatch& batch) {
  ByteReader in(value);
  VG_RETURN_IF_ERROR(in.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(const uint32_t partition, in.Get<uint32_t>());
  for (Column& column : batch.columns) VG_RETURN_IF_ERROR(column.DecodeRow(in));
  if (in.remaining() != 0) return DataLoss("a stored row is longer than its schema");
  batch.row_partitions.push_back(PartitionId{partition});
  return Ok();
}

std::string EncodeKeys(const std::vector<PrimaryKey>& keys) {
  ByteWriter out;
  out.Put(static_cast<uint32_t>(keys.size()));
  for (const PrimaryKey& key : keys) PutKey(out, key);
  return out.Take();
}

Result<std::vector<PrimaryKey>> DecodeKeys(std::string_view value) {
  ByteReader in(value);
  VG_ASSIGN_OR_RETURN(const uint32_t count, in.Get<uint32_t>());
  std::vector<PrimaryKey> keys;
  for (uint32_t i = 0; i < count; ++i) {
    VG_ASSIGN_OR_RETURN(PrimaryKey key, GetKey(in));
    keys.push_back(std::move(key));
  }
  return keys;
}

}  // namespace vecgate::embedded
