// Five rows of every type, for tests of filters. Row 4 is null wherever it may be.
#pragma once

#include <vector>

#include "base/check.h"
#include "filter/filter.h"
#include "model/row_batch.h"

namespace vecgate::filter {

inline FieldSchema TestField(const char* name, DataType type, DataType element = DataType::kNone) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.element_type = element;
  field.nullable = true;
  if (type == DataType::kVarChar || element == DataType::kVarChar) field.max_length = 256;
  if (type == DataType::kArray) field.max_capacity = 16;
  return field;
}

class TestRows {
 public:
  TestRows() {
    schema_.name = "rows";
    schema_.enable_dynamic_field = true;
    schema_.fields = {TestField("id", DataType::kInt64),
                      TestField("vec", DataType::kFloatVector),
                      TestField("i8", DataType::kInt8),
                      TestField("big", DataType::kInt64),
                      TestField("f", DataType::kFloat),
                      TestField("d", DataType::kDouble),
                      TestField("s", DataType::kVarChar),
                      TestField("s2", DataType::kVarChar),
                      TestField("b", DataType::kBool),
                      TestField("j", DataType::kJson),
                      TestField("ai", DataType::kArray, DataType::kInt64),
                      TestField("as", DataType::kArray, DataType::kVarChar),
                      TestField("af", DataType::kArray, DataType::kFloat),
                      TestField("ab", DataType::kArray, DataType::kBool)};
    schema_.fields[0].is_primary_key = true;
    schema_.fields[0].nullable = false;
    schema_.fields[1].dim = 2;
    schema_.fields[1].nullable = false;
    VG_CHECK(FinishSchema(schema_).ok());
    batch_ = MakeBatch(schema_);
    Fill();
    for (const Column& column : batch_.columns) columns_.push_back(&column);
    // Filters never look at vectors.
    columns_[1] = nullptr;
  }
  TestRows(const TestRows&) = delete;
  TestRows& operator=(const TestRows&) = delete;

  [[nodiscard]] const CollectionSchema& schema() const { return schema_; }
  [[nodiscard]] std::span<const Column* const> columns() const { return columns_; }
  [[nodiscard]] size_t num_rows() const { return 5; }

 private:
  using Ints = std::vector<int64_t>;
  using Texts = std::vector<std::string>;

  void Add(const char* name, std::vector<Value> values) {
    Column& column = batch_.columns[*schema_.FindField(name)];
    for (const Value& value : values) column.Append(value);
  }

  static Value Text(const char* text) { return std::string(text); }
  static Value Int(int64_t number) { return number; }
  template <typename T>
  static Value List(std::vector<T> items) {
    return Array{std::move(items)};
  }

  void Fill() {
    Add("id", {Int(0), Int(1), Int(2), Int(3), Int(4)});
    Add("i8", {Int(1), Int(10), Int(-5), {}, {}});
    Add("big", {Int(9007199254740993), Int(9007199254740992), Int(INT64_MIN), {}, {}});
    Add("f", {0.1F, 1.5F, -2.0F, {}, {}});
    Add("d", {0.5, 1e100, -3.0, {}, {}});
    Add("s", {Text("apple"), Text("banana"), Text("melon"), Text(""), {}});
    Add("s2", {Text("100%"), Text("cherry"), Text("melon"), {}, Text("mélön")});
    Add("b", {true, false, {}, true, {}});
    Add("j",
        {Text(R"({"n":1,"s":"x","o":{"p":[10,20]},"t":true,"nil":null})"),
         Text(R"({"n":2.5,"s":1,"é":"ü"})"),
         Text(R"({"big":9007199254740993})"),
         Text(
             R"({"huge":1234567890123456789012345678901234567890e265,"x":99999999999999999999999})"),
         {}});
    Add("ai", {List(Ints{1, 2}), List(Ints{1, 2, 3}), List(Ints{}), List(Ints{}), {}});
    Add("as", {List(Texts{"red", "green"}), List(Texts{"blue"}), {}, {}, {}});
    Add("af", {List(std::vector<float>{0.1F}), List(std::vector<float>{2}), {}, {}, {}});
    Add("ab", {List(std::vector<uint8_t>{1}), List(std::vector<uint8_t>{0}), {}, {}, {}});
    Add("$meta",
        {Text(R"({"color":"red","tags":["a","b"]})"), Text(R"({"color":"blue","tags":["a","c"]})"),
         Text(R"({"color":5,"tags":[["n"]]})"), Text(R"({"颜色":"红"})"), Text("{}")});
  }

  CollectionSchema schema_;
  RowBatch batch_;
  std::vector<const Column*> columns_;
};

inline TemplateValues TestTemplates() {
  using List = Literal::List;
  return {{"x", {int64_t{3}}},
          {"f", {0.1}},
          {"yes", {true}},
          {"name", {std::string("apple")}},
          {"prefix", {std::string("app%")}},
          {"empty", {List{}}},
          {"ids", {List{{int64_t{2}}, {int64_t{4}}}}},
          {"names", {List{{std::string("apple")}, {std::string("banana")}}}}};
}

}  // namespace vecgate::filter
