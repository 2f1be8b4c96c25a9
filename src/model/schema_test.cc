// What FinishSchema refuses, in which words, and that a schema survives JSON.
#include "model/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <limits>

namespace vecgate {
namespace {

using ::testing::HasSubstr;

FieldSchema Field(std::string name, DataType type) {
  FieldSchema field;
  field.name = std::move(name);
  field.type = type;
  if (type == DataType::kVarChar) field.max_length = 16;
  if (type == DataType::kFloatVector) field.dim = 4;
  if (type == DataType::kArray) {
    field.element_type = DataType::kInt32;
    field.max_capacity = 8;
  }
  return field;
}

CollectionSchema Valid() {
  CollectionSchema schema;
  schema.name = "books";
  schema.fields = {Field("id", DataType::kInt64), Field("v", DataType::kFloatVector),
                   Field("extra", DataType::kVarChar)};
  schema.fields[0].is_primary_key = true;
  return schema;
}

struct Refusal {
  const char* name;
  std::function<void(CollectionSchema&)> break_it;
  const char* text;
  Code code = Code::kInvalidArgument;
};

const Refusal kRefusals[] = {
    {"NoPrimaryKey", [](auto& s) { s.fields[0].is_primary_key = false; },
     "primary key is not specified"},
    {"TwoPrimaryKeys", [](auto& s) { s.fields[2].is_primary_key = true; },
     "there are more than one primary key"},
    {"FloatPrimaryKey", [](auto& s) { s.fields[0].type = DataType::kFloat; },
     "the data type of primary key should be Int64 or VarChar, field id is Float"},
    {"NullablePrimaryKey", [](auto& s) { s.fields[0].nullable = true; },
     "primary field not support null: id"},
    {"DefaultOfPrimaryKey", [](auto& s) { s.fields[0].default_value = int64_t{1}; },
     "type Int64 of field id not support default_value"},
    {"NoVector", [](auto& s) { s.fields.erase(s.fields.begin() + 1); },
     "schema does not contain vector field"},
    {"FiveVectors",
     [](auto& s) {
       for (int i = 0; i < 4; ++i) {
         s.fields.push_back(Field("v" + std::to_string(i), DataType::kFloatVector));
       }
     },
     "maximum vector field's number should be limited to 4"},
    {"DimensionOne", [](auto& s) { s.fields[1].dim = 1; },
     "invalid dimension: 1 of field v. float vector dimension should be in range 2 ~ 32768"},
    {"DimensionTooLarge", [](auto& s) { s.fields[1].dim = 32769; }, "invalid dimension: 32769"},
    {"HalfDimensionOne",
     [](auto& s) { s.fields[1].type = DataType::kFloat16Vector, s.fields[1].dim = 1; },
     "invalid dimension: 1 of field v. float vector dimension should be in range 2 ~ 32768"},
    {"IntDimensionTooLarge",
     [](auto& s) { s.fields[1].type = DataType::kInt8Vector, s.fields[1].dim = 32769; },
     "invalid dimension: 32769 of field v. int vector dimension should be in range 2 ~ 32768"},
    {"NullableVector", [](auto& s) { s.fields[1].nullable = true; },
     "vector type not support null, field name: v"},
    {"BinaryDimensionNotWholeBytes", [](auto& s) { s.fields[1].type = DataType::kBinaryVector; },
     "invalid dimension: 4 of field v. binary vector dimension should be multiple of 8"},
    {"BinaryDimensionZero",
     [](auto& s) { s.fields[1].type = DataType::kBinaryVector, s.fields[1].dim = 0; },
     "binary vector dimension should be in range 2 ~ 262144"},
    {"BinaryDimensionTooLarge",
     [](auto& s) { s.fields[1].type = DataType::kBinaryVector, s.fields[1].dim = 262152; },
     "invalid dimension: 262152 of field v. binary vector dimension should be in range 2 ~ 262144"},
    {"SparseVector", [](auto& s) { s.fields[1].type = DataType::kSparseFloatVector; },
     "data type SparseFloatVector of field v is not supported", Code::kUnimplemented},
    {"LengthZero", [](auto& s) { s.fields[2].max_length = 0; },
     "the maximum length specified for the field(extra) should be in (0, 65535], but got 0"},
    {"LengthTooLarge", [](auto& s) { s.fields[2].max_length = 65536; }, "but got 65536 instead"},
    {"CapacityZero",
     [](auto& s) {
       s.fields[2] = Field("tags", DataType::kArray);
       s.fields[2].max_capacity = 0;
     },
     "the maximum capacity specified for the field(tags) should be in (0, 4096], but got 0"},
    {"ArrayOfArrays",
     [](auto& s) {
       s.fields[2] = Field("tags", DataType::kArray);
       s.fields[2].element_type = DataType::kArray;
     },
     "element type Array is not supported for array field tags"},
    {"ArrayOfTextWithoutLength",
     [](auto& s) {
       s.fields[2] = Field("tags", DataType::kArray);
       s.fields[2].element_type = DataType::kVarChar;
     },
     "the maximum length specified for the field(tags)"},
    {"PartitionKeyType",
     [](auto& s) {
       s.fields[2] = Field("extra", DataType::kDouble);
       s.fields[2].is_partition_key = true;
     },
     "the data type of partition key should be Int64 or VarChar, field extra is Double"},
    {"PartitionKeyIsPrimary", [](auto& s) { s.fields[0].is_partition_key = true; },
     "the partition key field must not be primary field: id"},
    {"PartitionKeyNullable",
     [](auto& s) { s.fields[2].is_partition_key = s.fields[2].nullable = true; },
     "partition key field not support nullable: extra"},
    {"AutoIdElsewhere", [](auto& s) { s.fields[2].auto_id = true; }, "field name = extra"},
    {"DefaultOfJson",
     [](auto& s) {
       s.fields[2] = Field("extra", DataType::kJson);
       s.fields[2].default_value = std::string("{}");
     },
     "type JSON of field extra not support default_value"},
    {"DefaultOutOfRange",
     [](auto& s) {
       s.fields[2] = Field("extra", DataType::kInt8);
       s.fields[2].default_value = int64_t{128};
     },
     "default_value of field extra: field extra at row 0: the Int8 value 128 is out of range"},
    {"DefaultNotANumber",
     [](auto& s) {
       s.fields[2] = Field("extra", DataType::kFloat);
       s.fields[2].default_value = std::numeric_limits<float>::quiet_NaN();
     },
     "default_value of field extra: field extra at row 0: value 'nan'"},
    {"DefaultTooLong", [](auto& s) { s.fields[2].default_value = std::string(17, 'x'); },
     "length: 17, max length: 16"},
    {"DuplicateName", [](auto& s) { s.fields[2].name = "v"; }, "duplicated field name v found"},
    {"EmptyName", [](auto& s) { s.fields[2].name = ""; }, "the field name should not be empty"},
    {"NameWithDigitFirst", [](auto& s) { s.fields[2].name = "1a"; },
     "the first character of a field name must be an underscore or letter"},
    {"NameWithDollar", [](auto& s) { s.fields[2].name = "a$"; },
     "field name can only contain numbers, letters and underscores"},
    {"NameTooLong", [](auto& s) { s.fields[2].name = std::string(256, 'a'); },
     "the length of a field name must be less than 255 characters"},
    {"TooManyFields",
     [](auto& s) {
       for (int i = 0; i < 62; ++i) {
         s.fields.push_back(Field("f" + std::to_string(i), DataType::kBool));
       }
     },
     "maximum field's number should be limited to 64"},
};

TEST(SchemaTest, RefusesWhatMilvusRefusesAndSaysWhy) {
  for (const Refusal& refusal : kRefusals) {
    CollectionSchema schema = Valid();
    refusal.break_it(schema);
    const Status status = FinishSchema(schema);
    ASSERT_FALSE(status.ok()) << refusal.name;
    EXPECT_THAT(status.error().message, HasSubstr(refusal.text)) << refusal.name;
    EXPECT_EQ(status.error().code, refusal.code) << refusal.name;
    EXPECT_EQ(status.error().subject, Subject::kField) << refusal.name;
  }
}

TEST(SchemaTest, FinishingGivesIdsAndAddsTheDynamicField) {
  CollectionSchema schema = Valid();
  schema.enable_dynamic_field = true;
  ASSERT_TRUE(FinishSchema(schema).ok());
  ASSERT_EQ(schema.fields.size(), 4U);
  EXPECT_EQ(schema.fields.back().name, "$meta");
  EXPECT_EQ(schema.DynamicFieldIndex(), 3U);
  for (size_t i = 0; i < 4; ++i) EXPECT_EQ(schema.fields[i].id, static_cast<int64_t>(100 + i));
  EXPECT_EQ(schema.PrimaryKeyField().name, "id");
  EXPECT_EQ(schema.VectorFields(), std::vector<size_t>{1});
  EXPECT_FALSE(schema.FindField("none").has_value());
}

CollectionSchema Rich() {
  CollectionSchema schema = Valid();
  schema.description = "Bücher \"und\" mehr";
  schema.enable_dynamic_field = true;
  const std::pair<DataType, Value> defaults[] = {{DataType::kBool, true},
                                                 {DataType::kInt8, int64_t{-5}},
                                                 {DataType::kFloat, 0.1F},
                                                 {DataType::kDouble, 1e300},
                                                 {DataType::kVarChar, std::string("x")}};
  for (const auto& [type, value] : defaults) {
    FieldSchema field = Field("d" + std::to_string(schema.fields.size()), type);
    field.nullable = true;
    field.default_value = value;
    schema.fields.push_back(field);
  }
  schema.fields[2].is_partition_key = true;
  schema.fields[1].type_params = {{"dim", "4"}, {"mmap_enabled", "true"}};
  EXPECT_TRUE(FinishSchema(schema).ok());
  return schema;
}

TEST(SchemaTest, SurvivesJson) {
  const CollectionSchema schema = Rich();
  const std::string json = SchemaToJson(schema);
  EXPECT_EQ(json.find('\n'), std::string::npos);
  const CollectionSchema back = SchemaFromJson(json).value();
  EXPECT_EQ(SchemaToJson(back), json);
  EXPECT_TRUE(SameSchema(schema, back));
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    EXPECT_EQ(back.fields[i].default_value, schema.fields[i].default_value) << i;
    EXPECT_EQ(back.fields[i].type, schema.fields[i].type) << i;
  }
  EXPECT_EQ(back.fields[1].type_params, schema.fields[1].type_params);
  EXPECT_EQ(back.PartitionKeyIndex(), 2U);
}

TEST(SchemaTest, DamagedJsonIsDataLoss) {
  const std::string json = SchemaToJson(Rich());
  for (size_t size = 0; size < json.size(); size += 7) {
    EXPECT_EQ(SchemaFromJson(json.substr(0, size)).error().code, Code::kDataLoss) << size;
  }
  EXPECT_EQ(SchemaFromJson("{}").error().code, Code::kDataLoss);
}

TEST(SchemaTest, OnlyTheDescriptionMayDifferBetweenSameSchemas) {
  CollectionSchema other = Rich();
  other.description = "another";
  EXPECT_TRUE(SameSchema(Rich(), other));
  other.fields[1].dim = 5;
  EXPECT_FALSE(SameSchema(Rich(), other));
}

TEST(MetricForTest, GivesTheMetricsOfTheFieldsTypeOnly) {
  FieldSchema numbers = Field("v", DataType::kFloat16Vector);
  FieldSchema bits = Field("b", DataType::kBinaryVector);
  EXPECT_EQ(MetricFor(numbers, "cosine").value(), Metric::kCosine);
  EXPECT_EQ(MetricFor(numbers, "L2").value(), Metric::kL2);
  EXPECT_EQ(MetricFor(bits, "HAMMING").value(), Metric::kHamming);
  EXPECT_EQ(MetricFor(bits, "jaccard").value(), Metric::kJaccard);
  EXPECT_EQ(MetricsOf(DataType::kBinaryVector).front(), Metric::kHamming);
  EXPECT_EQ(MetricsOf(DataType::kInt8Vector).front(), Metric::kCosine);

  const auto misfit = MetricFor(bits, "COSINE");
  ASSERT_FALSE(misfit.ok());
  EXPECT_EQ(misfit.error().message,
            "binary vector index does not support metric type: COSINE on field b; HAMMING and "
            "JACCARD are supported");
  EXPECT_THAT(MetricFor(numbers, "NEAR").error().message,
              HasSubstr("metric type: NEAR on field v; COSINE, L2 and IP are supported"));
  EXPECT_TRUE(CheckMetric(bits, Metric::kJaccard).ok());
  EXPECT_EQ(CheckMetric(numbers, Metric::kHamming).error().subject, Subject::kIndex);
}

TEST(MetricForTest, OnlyInnerProductAndCosineAreLargerForBetter) {
  EXPECT_TRUE(IsBetter(Metric::kInnerProduct, 2, 1));
  EXPECT_TRUE(IsBetter(Metric::kCosine, 2, 1));
  EXPECT_TRUE(IsBetter(Metric::kL2, 1, 2));
  EXPECT_TRUE(IsBetter(Metric::kHamming, 1, 2));
  EXPECT_TRUE(IsBetter(Metric::kJaccard, 1, 2));
}

}  // namespace
}  // namespace vecgate
