// Column: append, null, gather, assign, encode and decode, and what ValidateBatch refuses.
#include "model/column.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

#include "base/bytes.h"
#include "model/row_batch.h"
#include "model/vector_values.h"

namespace vecgate {
namespace {

using ::testing::HasSubstr;

struct TypeCase {
  DataType type;
  DataType element;
  Value a;
  Value b;
};

const std::vector<TypeCase>& Types() {
  static const std::vector<TypeCase> types = {
      {DataType::kBool, DataType::kNone, true, false},
      {DataType::kInt8, DataType::kNone, int64_t{-128}, int64_t{127}},
      {DataType::kInt64, DataType::kNone, std::numeric_limits<int64_t>::min(), int64_t{9}},
      {DataType::kFloat, DataType::kNone, 0.1F, -1.0F},
      {DataType::kDouble, DataType::kNone, 1e300, -0.5},
      {DataType::kVarChar, DataType::kNone, std::string("a\0b", 3), std::string()},
      {DataType::kJson, DataType::kNone, std::string("{\"k\":1}"), std::string("[]")},
      {DataType::kArray, DataType::kBool, Array(std::vector<uint8_t>{1, 0}),
       Array(std::vector<uint8_t>{})},
      {DataType::kArray, DataType::kInt16, Array(std::vector<int64_t>{1, -2, 3}),
       Array(std::vector<int64_t>{7})},
      {DataType::kArray, DataType::kDouble, Array(std::vector<double>{0.5}),
       Array(std::vector<double>{})},
      {DataType::kArray, DataType::kVarChar, Array(std::vector<std::string>{"x", "", "yy"}),
       Array(std::vector<std::string>{})}};
  return types;
}

TEST(ColumnTest, EveryTypeAppendsGathersAndAssignsWithNulls) {
  for (const TypeCase& c : Types()) {
    Column column(c.type, 0, c.element);
    column.Append(c.a);
    EXPECT_TRUE(column.valid().empty()) << "no null yet";
    column.Append(std::monostate{});
    column.Append(c.b);
    ASSERT_EQ(column.num_rows(), 3U);
    EXPECT_EQ(column.ValueAt(0), c.a);
    EXPECT_EQ(column.ValueAt(1), Value());
    EXPECT_EQ(column.ValueAt(2), c.b);

    const std::vector<uint32_t> rows = {2, 1, 0, 0};
    const Column gathered = column.Gather(rows);
    EXPECT_EQ(gathered.ValueAt(0), c.b);
    EXPECT_TRUE(gathered.IsNull(1));
    EXPECT_EQ(gathered.ValueAt(3), c.a);

    Column assigned = column.EmptyLike();
    assigned.Append(c.a);
    assigned.AssignFrom(0, column, 1);
    EXPECT_TRUE(assigned.IsNull(0));
    assigned.AssignFrom(0, column, 2);
    EXPECT_EQ(assigned.ValueAt(0), c.b);
    EXPECT_GT(column.SizeBytes(), 0U);
  }
}

TEST(ColumnTest, EveryTypeSurvivesEncodingAndEveryTruncationIsDataLoss) {
  for (const TypeCase& c : Types()) {
    Column column(c.type, 0, c.element);
    for (const Value& value : {c.a, Value(), c.b}) column.Append(value);
    ByteWriter out;
    for (size_t row = 0; row < 3; ++row) column.EncodeRow(row, out);
    const std::string bytes = out.Take();

    Column back = column.EmptyLike();
    ByteReader in(bytes);
    for (size_t row = 0; row < 3; ++row) ASSERT_TRUE(back.DecodeRow(in).ok());
    EXPECT_EQ(in.remaining(), 0U);
    for (size_t row = 0; row < 3; ++row) EXPECT_EQ(back.ValueAt(row), column.ValueAt(row));

    for (size_t size = 0; size < bytes.size(); ++size) {
      Column partial = column.EmptyLike();
      ByteReader cut(std::string_view(bytes).substr(0, size));
      Status status;
      for (size_t row = 0; row < 3 && status.ok(); ++row) status = partial.DecodeRow(cut);
      ASSERT_FALSE(status.ok()) << DataTypeName(c.type) << " cut at " << size;
      EXPECT_EQ(status.error().code, Code::kDataLoss);
    }
  }
}

TEST(ColumnTest, VectorsSurviveToo) {
  Column column(DataType::kFloatVector, 3);
  column.AppendVector(std::vector<float>{1, 2, 3});
  column.AppendVector(std::vector<float>{4, 5, 6});
  ASSERT_EQ(column.num_rows(), 2U);
  column.AssignFrom(0, column, 1);
  EXPECT_EQ(column.VectorAt(0)[2], 6.0F);
  ByteWriter out;
  column.EncodeRow(1, out);
  Column back = column.EmptyLike();
  ByteReader in(out.bytes());
  ASSERT_TRUE(back.DecodeRow(in).ok());
  EXPECT_EQ(back.As<float>(), (std::vector<float>{4, 5, 6}));
  ByteReader null_vector(std::string_view("\x01", 1));
  EXPECT_EQ(back.DecodeRow(null_vector).error().code, Code::kDataLoss);
}

TEST(ColumnTest, VectorsOfEveryTypeKeepTheirBytes) {
  for (const DataType type : {DataType::kFloatVector, DataType::kFloat16Vector,
                              DataType::kBFloat16Vector, DataType::kInt8Vector}) {
    Column column(type, 3);
    column.AppendVector(std::vector<float>{1, -2, 3});
    column.AppendVector(std::vector<float>{4, 5, -128});
    ASSERT_EQ(column.num_rows(), 2U) << DataTypeName(type);
    const std::string second(column.VectorBytesAt(1));
    ASSERT_EQ(second.size(), VectorSizeBytes(type, 3));
    std::vector<float> values(3);
    ToFloats(type, second.data(), 3, values.data());
    EXPECT_EQ(values, (std::vector<float>{4, 5, -128})) << DataTypeName(type);

    const std::vector<uint32_t> rows = {1, 0};
    Column turned = column.Gather(rows);
    EXPECT_EQ(turned.VectorBytesAt(0), second);
    EXPECT_EQ(turned.VectorBytesAt(1), column.VectorBytesAt(0));
    turned.AssignFrom(1, turned, 0);
    EXPECT_EQ(turned.VectorBytesAt(1), second);

    ByteWriter out;
    column.EncodeRow(1, out);
    EXPECT_EQ(out.bytes().size(), 1 + second.size());
    Column back = column.EmptyLike();
    ByteReader in(out.bytes());
    ASSERT_TRUE(back.DecodeRow(in).ok());
    EXPECT_EQ(in.remaining(), 0U);
    EXPECT_EQ(back.VectorBytesAt(0), second);
    ByteReader cut(std::string_view(out.bytes()).substr(0, second.size()));
    EXPECT_EQ(back.DecodeRow(cut).error().code, Code::kDataLoss);
  }
}

TEST(ColumnTest, VectorsOfBitsAreTheirBytes) {
  Column column(DataType::kBinaryVector, 16);
  column.AppendVectorBytes("ab\xff\x01");
  ASSERT_EQ(column.num_rows(), 2U);
  EXPECT_EQ(column.VectorBytesAt(1), "\xff\x01");
  ByteWriter out;
  column.EncodeRow(1, out);
  Column back = column.EmptyLike();
  ByteReader in(out.bytes());
  ASSERT_TRUE(back.DecodeRow(in).ok());
  EXPECT_EQ(back.VectorBytesAt(0), "\xff\x01");
  FieldSchema field;
  field.name = "b";
  field.type = DataType::kBinaryVector;
  field.dim = 16;
  EXPECT_TRUE(ValidateVectors(field, column).ok());
  field.dim = 24;
  EXPECT_THAT(ValidateVectors(field, column).error().message,
              HasSubstr("vector dimension mismatch in field b, expected 24, actual 16"));
}

TEST(ColumnTest, PrimaryKeysComeOutOfBothTypes) {
  Column numbers(DataType::kInt64);
  numbers.Append(int64_t{-4});
  EXPECT_EQ(PrimaryKeyAt(numbers, 0), PrimaryKey(int64_t{-4}));
  Column texts(DataType::kVarChar);
  texts.Append(std::string("k"));
  EXPECT_EQ(PrimaryKeyAt(texts, 0), PrimaryKey(std::string("k")));
}

// A schema with a field of each kind that has a limit, and one row that fits it.
CollectionSchema Limited() {
  CollectionSchema schema;
  schema.name = "c";
  schema.fields.resize(7);
  const char* names[] = {"id", "v", "tiny", "text", "json", "tags", "real"};
  const DataType types[] = {DataType::kInt64,   DataType::kFloatVector, DataType::kInt8,
                            DataType::kVarChar, DataType::kJson,        DataType::kArray,
                            DataType::kDouble};
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    schema.fields[i].name = names[i];
    schema.fields[i].type = types[i];
  }
  schema.fields[0].is_primary_key = true;
  schema.fields[1].dim = 2;
  schema.fields[3].max_length = 3;
  schema.fields[5].element_type = DataType::kVarChar;
  schema.fields[5].max_capacity = 2;
  schema.fields[5].max_length = 3;
  schema.fields[6].nullable = true;
  schema.enable_dynamic_field = true;
  EXPECT_TRUE(FinishSchema(schema).ok());
  return schema;
}

RowBatch OneRow() {
  RowBatch batch = MakeBatch(Limited());
  batch.columns[0].Append(int64_t{1});
  batch.columns[1].AppendVector(std::vector<float>{1, 0});
  batch.columns[2].Append(int64_t{127});
  batch.columns[3].Append(std::string("abc"));
  batch.columns[4].Append(std::string("[1]"));
  batch.columns[5].Append(Array(std::vector<std::string>{"abc", ""}));
  batch.columns[6].Append(std::monostate{});
  batch.columns[7].Append(std::string("{}"));
  return batch;
}

struct BadBatch {
  std::function<void(RowBatch&)> break_it;
  const char* text;
};

TEST(ValidateBatchTest, RefusesWhatDoesNotFitAndNamesFieldAndRow) {
  ASSERT_TRUE(ValidateBatch(Limited(), OneRow()).ok());
  const BadBatch cases[] = {
      {[](auto& b) { b.columns.pop_back(); }, "has 7 columns, expected 8"},
      {[](auto& b) { b.columns[2] = Column(DataType::kInt16); },
       "field tiny: data type Int16 found, Int8 expected"},
      {[](auto& b) { b.columns[2].Append(int64_t{1}); },
       "the num_rows (2) of field (tiny) is not equal to passed num_rows (1)"},
      {[](auto& b) { b.columns[1] = Column(DataType::kFloatVector, 3); }, "num_rows (0)"},
      {[](auto& b) {
         b.columns[1] = Column(DataType::kFloatVector, 3);
         b.columns[1].AppendVector(std::vector<float>{1, 2, 3});
       },
       "vector dimension mismatch in field v, expected 2, actual 3"},
      {[](auto& b) {
         b.columns[1].template As<float>()[1] = std::numeric_limits<float>::infinity();
       },
       "field v at row 0: value 'inf' is not a number or infinity"},
      {[](auto& b) { b.columns[2].template As<int64_t>()[0] = 128; },
       "field tiny at row 0: the Int8 value 128 is out of range [-128, 127]"},
      {[](auto& b) { b.columns[3].template As<std::string>()[0] = "abcd"; },
       "length of varchar field text exceeds max length, row number: 0, length: 4, max length: 3"},
      {[](auto& b) { b.columns[3].set_valid({0}); }, "null is not allowed"},
      {[](auto& b) { b.columns[4].template As<std::string>()[0] = "{"; }, "not valid JSON"},
      {[](auto& b) { b.columns[4].template As<std::string>()[0] = ""; }, "not valid JSON"},
      {[](auto& b) {
         b.columns[4].template As<std::string>()[0] = '"' + std::string(65536, 'a') + '"';
       },
       "JSON of 65538 bytes exceeds max length 65536"},
      {[](auto& b) {
         b.columns[5].template As<Array>()[0] = std::vector<std::string>{"a", "b", "c"};
       },
       "the length (3) of the array exceeds max capacity (2)"},
      {[](auto& b) { b.columns[5].template As<Array>()[0] = std::vector<std::string>{"abcd"}; },
       "field tags at row 0: length of varchar"},
      {[](auto& b) {
         b.columns[6] = Column(DataType::kDouble);
         b.columns[6].Append(std::numeric_limits<double>::quiet_NaN());
       },
       "field real at row 0: value 'nan'"},
      {[](auto& b) { b.columns[7].template As<std::string>()[0] = "[]"; },
       "dynamic fields must be a JSON object"},
      {[](auto& b) { b.columns[7].template As<std::string>()[0] = " []"; },
       "dynamic fields must be a JSON object"},
  };
  for (const BadBatch& bad : cases) {
    RowBatch batch = OneRow();
    bad.break_it(batch);
    const Status status = ValidateBatch(Limited(), batch);
    ASSERT_FALSE(status.ok()) << bad.text;
    EXPECT_EQ(status.error().code, Code::kInvalidArgument) << bad.text;
    EXPECT_THAT(status.error().message, HasSubstr(bad.text));
  }
}

struct NumberCase {
  DataType type;
  std::vector<float> fits;
  float does_not;
  const char* text;
};

TEST(AppendNumbersTest, RefusesWhatTheTypeDoesNotHold) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const NumberCase cases[] = {
      {DataType::kFloatVector, {1e38F, -0.1F}, nan, "value 'nan' is not a number or infinity"},
      {DataType::kFloat16Vector,
       {-65504, 0.5F},
       65505,
       "value 65505 does not fit Float16Vector: numbers from -65504 to 65504 do"},
      {DataType::kFloat16Vector, {1, 2}, nan, "value 'nan' is not a number or infinity"},
      {DataType::kBFloat16Vector,
       {0x1.fep127F, -1},
       -0x1.ffp127F,
       "does not fit BFloat16Vector: numbers from -3.38953"},
      {DataType::kBFloat16Vector, {1, 2}, nan, "value 'nan' is not a number or infinity"},
      {DataType::kInt8Vector,
       {-128, 127},
       128,
       "value 128 does not fit Int8Vector: whole numbers from -128 to 127 do"},
      {DataType::kInt8Vector, {0, 1}, 0.5F, "value 0.5 does not fit Int8Vector"},
  };
  for (const NumberCase& c : cases) {
    FieldSchema field;
    field.name = "v";
    field.type = c.type;
    field.dim = 2;
    Column column = field.MakeColumn();
    ASSERT_TRUE(AppendNumbers(field, c.fits, column).ok()) << DataTypeName(c.type);
    ASSERT_EQ(column.num_rows(), 1U);
    const Status status = AppendNumbers(field, std::vector<float>{0, c.does_not}, column);
    ASSERT_FALSE(status.ok()) << c.text;
    EXPECT_EQ(status.error().code, Code::kInvalidArgument);
    EXPECT_THAT(status.error().message, HasSubstr("field v at row 1: "));
    EXPECT_THAT(status.error().message, HasSubstr(c.text));
    EXPECT_EQ(column.num_rows(), 1U) << "nothing of a refused vector is kept";
  }
}

TEST(ValidateVectorsTest, RefusesHalvesThatAreNoNumbers) {
  for (const DataType type : {DataType::kFloat16Vector, DataType::kBFloat16Vector}) {
    FieldSchema field;
    field.name = "v";
    field.type = type;
    field.dim = 2;
    Column column = field.MakeColumn();
    column.AppendVector(std::vector<float>{1, 2});
    EXPECT_TRUE(ValidateVectors(field, column).ok());
    column.AppendVector(std::vector<float>{1, -std::numeric_limits<float>::infinity()});
    const Status status = ValidateVectors(field, column);
    ASSERT_FALSE(status.ok()) << DataTypeName(type);
    EXPECT_EQ(status.error().message, "field v at row 1: value '-inf' is not a number or infinity");
  }
}

}  // namespace
}  // namespace vecgate
