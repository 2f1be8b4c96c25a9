#include "engines/milvus/values.h"

#include <fmt/format.h>

#include <algorithm>

namespace vecgate::milvus_engine {
namespace {

// Milvus takes objects alone for JSON. What is none, and an object that looks like this, lies in an
// object of this one key, its text as it is.
constexpr std::string_view kWrapped = "{\"_vg_value\":";

bool IsObject(std::string_view json) {
  const size_t first = json.find_first_not_of(" \t\r\n");
  return first != std::string_view::npos && json[first] == '{';
}

std::string Wrap(const std::string& json) {
  if (IsObject(json) && !json.starts_with(kWrapped)) return json;
  return fmt::format("{}{}}}", kWrapped, json);
}

std::string Unwrap(std::string json) {
  if (!json.starts_with(kWrapped)) return json;
  return json.substr(kWrapped.size(), json.size() - kWrapped.size() - 1);
}

void FillNulls(Column& column, DataType type) {
  if (column.valid().empty()) return;
  for (size_t row = 0; row < column.num_rows(); ++row) {
    if (column.IsNull(row) && type == DataType::kJson) column.As<std::string>()[row] = "{}";
  }
}

void WriteFlag(const std::string& name, const Column& column, pb::schema::FieldData& out) {
  out.set_type(pb::schema::Bool);
  out.set_field_name(name);
  auto& flags = *out.mutable_scalars()->mutable_bool_data();
  for (size_t row = 0; row < column.num_rows(); ++row) flags.add_data(column.IsNull(row));
}

const pb::schema::FieldData* FindField(const milvus_wire::FieldsData& in, std::string_view name) {
  const auto found =
      std::find_if(in.begin(), in.end(), [&](const auto& f) { return f.field_name() == name; });
  return found == in.end() ? nullptr : &*found;
}

Status ReadNulls(const std::string& name, const milvus_wire::FieldsData& in, Column& column) {
  const auto* flags = FindField(in, name);
  const auto& data =
      flags == nullptr ? pb::schema::BoolArray::default_instance() : flags->scalars().bool_data();
  const size_t rows = column.num_rows();
  if (static_cast<size_t>(data.data_size()) != rows) {
    return Internal(fmt::format("the server gave {} values of field '{}' for {} rows",
                                data.data_size(), name, rows));
  }
  std::vector<uint8_t> valid(rows, 1);
  for (size_t row = 0; row < rows; ++row) valid[row] = data.data(static_cast<int>(row)) ? 0 : 1;
  if (std::find(valid.begin(), valid.end(), 0) == valid.end()) return Ok();
  column.set_valid(std::move(valid));
  if (column.type() != DataType::kJson) return Ok();
  for (size_t row = 0; row < rows; ++row) {
    if (column.IsNull(row)) column.As<std::string>()[row].clear();
  }
  return Ok();
}

/// Vectors as a field of this type holds them, from the stored ones.
Column FromStored(const FieldSchema& field, Column stored) {
  if (stored.type() == field.type) return stored;
  Column out = field.MakeColumn();
  out.Reserve(stored.num_rows());
  for (size_t row = 0; row < stored.num_rows(); ++row) out.AppendVector(stored.VectorAt(row));
  return out;
}

}  // namespace

Column StoredVectors(const Layout& layout, const Column& vectors) {
  const FieldSchema stored = layout.Stored(layout.vector());
  if (stored.type == vectors.type()) return vectors;
  Column out(stored.type, vectors.dim());
  out.Reserve(vectors.num_rows());
  std::vector<float> scratch;
  for (size_t row = 0; row < vectors.num_rows(); ++row) {
    out.AppendVector(vectors.NumbersAt(row, scratch));
  }
  return out;
}

void WriteRows(const Layout& layout, const RowBatch& batch, std::span<const uint32_t> rows,
               milvus_wire::FieldsData& out) {
  for (size_t i = 0; i < batch.columns.size(); ++i) {
    Column column = batch.columns[i].Gather(rows);
    if (layout.has_null_flag(i)) WriteFlag(layout.NullFlag(i), column, *out.Add());
    FillNulls(column, layout.field(i).type);
    if (layout.wraps_json(i)) {
      for (std::string& text : column.As<std::string>()) text = Wrap(text);
    }
    if (IsVector(column.type())) column = StoredVectors(layout, column);
    milvus_wire::WriteColumn(layout.Stored(i), column, *out.Add());
  }
  if (!layout.has_partitions()) return;
  auto& partitions = *out.Add();
  partitions.set_type(pb::schema::Int64);
  partitions.set_field_name(kPartitionField);
  for (const uint32_t row : rows) {
    partitions.mutable_scalars()->mutable_long_data()->add_data(ToNumber(batch.PartitionOf(row)));
  }
}

size_t SizeOf(const RowBatch& batch, std::span<const uint32_t> rows) {
  size_t all = 0;
  for (const Column& column : batch.columns) all += column.SizeBytes();
  return batch.num_rows() == 0 ? 0 : all / batch.num_rows() * rows.size();
}

void AddOutputs(const Layout& layout, size_t i, std::vector<std::string>& out) {
  const auto add = [&out](const std::string& name) {
    if (std::find(out.begin(), out.end(), name) == out.end()) out.push_back(name);
  };
  add(layout.field(i).name);
  if (layout.has_null_flag(i)) add(layout.NullFlag(i));
}

Result<Column> ReadField(const Layout& layout, size_t i, const milvus_wire::FieldsData& in,
                         size_t num_rows) {
  const FieldSchema stored = layout.Stored(i);
  if (num_rows == 0) return layout.field(i).MakeColumn();
  const auto* data = FindField(in, stored.name);
  if (data == nullptr) {
    return Internal(fmt::format("the server's answer lacks field '{}'", stored.name));
  }
  VG_ASSIGN_OR_RETURN(Column column, milvus_wire::ParseColumn(stored, *data, num_rows));
  if (column.num_rows() != num_rows) {
    return Internal(fmt::format("the server gave {} values of field '{}' for {} rows",
                                column.num_rows(), stored.name, num_rows));
  }
  if (layout.wraps_json(i)) {
    for (std::string& text : column.As<std::string>()) text = Unwrap(std::move(text));
  }
  if (IsVector(stored.type)) return FromStored(layout.field(i), std::move(column));
  if (layout.has_null_flag(i)) VG_RETURN_IF_ERROR(ReadNulls(layout.NullFlag(i), in, column));
  return column;
}

}  // namespace vecgate::milvus_engine
