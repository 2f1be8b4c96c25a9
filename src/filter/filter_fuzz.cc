// Compiles arbitrary bytes as an expression; what compiles is evaluated on two rows, by both
// evaluators, which must agree.
#include <cstdint>

#include "base/check.h"
#include "filter/filter.h"
#include "model/row_batch.h"

namespace {

using vecgate::CollectionSchema;
using vecgate::Column;
using vecgate::DataType;
using vecgate::FieldSchema;

FieldSchema Field(const char* name, DataType type) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.nullable = true;
  return field;
}

const CollectionSchema& Schema() {
  static const CollectionSchema schema = [] {
    CollectionSchema out;
    out.name = "fuzz";
    out.enable_dynamic_field = true;
    out.fields = {Field("id", DataType::kInt64),     Field("i", DataType::kInt8),
                  Field("f", DataType::kFloat),      Field("d", DataType::kDouble),
                  Field("s", DataType::kVarChar),    Field("b", DataType::kBool),
                  Field("j", DataType::kJson),       Field("a", DataType::kArray),
                  Field("v", DataType::kFloatVector)};
    out.fields[0].is_primary_key = true;
    out.fields[0].nullable = false;
    out.fields[4].max_length = 100;
    out.fields[7].element_type = DataType::kInt64;
    out.fields[7].max_capacity = 10;
    out.fields[8].nullable = false;
    out.fields[8].dim = 2;
    VG_CHECK(vecgate::FinishSchema(out).ok());
    return out;
  }();
  return schema;
}

std::vector<Column> Rows() {
  std::vector<Column> columns;
  for (const FieldSchema& field : Schema().fields) columns.push_back(field.MakeColumn());
  const auto add = [&](std::vector<vecgate::Value> row) {
    for (size_t i = 0; i < columns.size(); ++i) {
      if (!vecgate::IsVector(columns[i].type())) columns[i].Append(row[i]);
    }
  };
  using vecgate::Array;
  add({int64_t{1},
       int64_t{2},
       0.5F,
       1e10,
       std::string("héllo"),
       true,
       std::string(R"({"a":{"b":[1,2.5,"x",null,[3]]},"n":18446744073709551616})"),
       Array{std::vector<int64_t>{1, 2}},
       {},
       std::string(R"({"k":1,"x":"y"})")});
  add({int64_t{-1}, {}, {}, {}, {}, {}, {}, {}, {}, std::string("{}")});
  return columns;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const std::vector<Column> rows = Rows();
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const vecgate::filter::TemplateValues values = {
      {"x", {int64_t{3}}},
      {"l", {vecgate::filter::Literal::List{{int64_t{1}}, {2.5}, {std::string("y")}}}}};
  const auto filter = vecgate::filter::Compile(text, Schema(), values);
  if (!filter.ok()) return 0;
  std::vector<const Column*> columns;
  for (const Column& column : rows) columns.push_back(&column);
  const auto bits = vecgate::filter::Evaluate(**filter, columns, 2);
  for (size_t row = 0; row < 2; ++row) {
    VG_CHECK(bits.Test(row) == vecgate::filter::Matches(**filter, columns, row));
  }
  return 0;
}
