// Every field type goes in by Insert and comes out of Query and Search as it was, nulls included.
#include "api/milvus_grpc/rpc_fixture.h"

namespace vecgate::milvus_grpc {
namespace {

using pb::schema::DataType;
using pb::schema::FieldData;

class RoundTripTest : public RpcFixture {
 protected:
  static pb::schema::FieldSchema* AddField(const std::string& name, DataType type,
                                           pb::schema::CollectionSchema& schema) {
    auto* field = schema.add_fields();
    field->set_name(name);
    field->set_data_type(type);
    field->set_nullable(name.starts_with("n_"));
    if (type == pb::schema::VarChar) AddPair("max_length", "32", *field->mutable_type_params());
    return field;
  }
  static pb::schema::FieldSchema* AddArray(const std::string& name, DataType element,
                                           pb::schema::CollectionSchema& schema) {
    auto* field = AddField(name, pb::schema::Array, schema);
    field->set_element_type(element);
    AddPair("max_capacity", "8", *field->mutable_type_params());
    if (element == pb::schema::VarChar) AddPair("max_length", "8", *field->mutable_type_params());
    return field;
  }
  void CreateWith(const pb::schema::CollectionSchema& schema) {
    api::CreateCollectionRequest request;
    request.set_collection_name("a");
    request.set_schema(schema.SerializeAsString());
    const auto status = Run<pb::common::Status>("CreateCollection", request);
    ASSERT_EQ(status.code(), 0) << status.reason();
    ASSERT_TRUE(Index("a").ok());
    ASSERT_TRUE(catalog().Load("default", "a").ok());
  }
  static pb::schema::CollectionSchema KeyAndVector() {
    pb::schema::CollectionSchema schema;
    AddField("id", pb::schema::Int64, schema)->set_is_primary_key(true);
    AddPair("dim", "2", *AddField("v", pb::schema::FloatVector, schema)->mutable_type_params());
    return schema;
  }
  /// Keys 0 … rows − 1 and their vectors.
  static api::InsertRequest KeysAndVectors(uint32_t rows) {
    api::InsertRequest request;
    request.set_collection_name("a");
    request.set_num_rows(rows);
    auto* ids = AddData("id", pb::schema::Int64, request)->mutable_scalars()->mutable_long_data();
    auto* vectors = AddData("v", pb::schema::FloatVector, request)->mutable_vectors();
    vectors->set_dim(2);
    for (uint32_t row = 0; row < rows; ++row) {
      ids->add_data(row);
      vectors->mutable_float_vector()->add_data(static_cast<float>(row) + 0.25F);
      vectors->mutable_float_vector()->add_data(-1);
    }
    return request;
  }
  void Insert(const api::InsertRequest& request) {
    const auto out = Run<api::MutationResult>("Insert", request);
    ASSERT_EQ(out.status().code(), 0) << out.status().reason();
    EXPECT_EQ(out.insert_cnt(), request.num_rows());
    EXPECT_EQ(out.succ_index_size(), static_cast<int>(request.num_rows()));
  }
  std::map<std::string, FieldData> QueryAll() {
    api::QueryRequest request;
    request.set_collection_name("a");
    request.add_output_fields("*");
    AddPair("limit", "100", *request.mutable_query_params());
    const auto out = Run<api::QueryResults>("Query", request);
    EXPECT_EQ(out.status().code(), 0) << out.status().reason();
    std::map<std::string, FieldData> fields;
    for (const FieldData& field : out.fields_data()) fields[field.field_name()] = field;
    return fields;
  }
};

TEST_F(RoundTripTest, EveryTypeComesBackByteForByte) {
  pb::schema::CollectionSchema schema = KeyAndVector();
  api::InsertRequest request = KeysAndVectors(2);
  const auto add = [&](const std::string& name, DataType type) {
    AddField(name, type, schema);
    return AddData(name, type, request)->mutable_scalars();
  };
  auto* bools = add("bool", pb::schema::Bool)->mutable_bool_data();
  auto* int8s = add("int8", pb::schema::Int8)->mutable_int_data();
  auto* int16s = add("int16", pb::schema::Int16)->mutable_int_data();
  auto* int32s = add("int32", pb::schema::Int32)->mutable_int_data();
  auto* int64s = add("int64", pb::schema::Int64)->mutable_long_data();
  auto* floats = add("float", pb::schema::Float)->mutable_float_data();
  auto* doubles = add("double", pb::schema::Double)->mutable_double_data();
  auto* texts = add("text", pb::schema::VarChar)->mutable_string_data();
  auto* jsons = add("json", pb::schema::JSON)->mutable_json_data();
  for (const int sign : {1, -1}) {
    bools->add_data(sign > 0);
    int8s->add_data(sign * 127);
    int16s->add_data(sign * 32767);
    int32s->add_data(sign * 2147483647);
    int64s->add_data(sign * INT64_MAX);
    floats->add_data(static_cast<float>(sign) * 0.1F);
    doubles->add_data(sign * 1e-300);
    texts->add_data(sign > 0 ? "grün" : "");
    jsons->add_data(sign > 0 ? R"({"b": [1, 2.50, null], "a": "x"})" : "null");
  }
  const auto add_array = [&](const std::string& name, DataType element) {
    AddArray(name, element, schema);
    auto* rows = AddData(name, pb::schema::Array, request)->mutable_scalars()->mutable_array_data();
    rows->set_element_type(element);
    auto* first = rows->add_data();
    rows->add_data();  // The second row is an empty list.
    return first;
  };
  add_array("bools", pb::schema::Bool)->mutable_bool_data()->add_data(true);
  add_array("ints", pb::schema::Int16)->mutable_int_data()->add_data(-7);
  add_array("longs", pb::schema::Int64)->mutable_long_data()->add_data(INT64_MIN);
  add_array("floats", pb::schema::Float)->mutable_float_data()->add_data(0.5);
  add_array("doubles", pb::schema::Double)->mutable_double_data()->add_data(0.1);
  add_array("texts", pb::schema::VarChar)->mutable_string_data()->add_data("é");
  CreateWith(schema);
  Insert(request);

  const auto fields = QueryAll();
  for (const FieldData& sent : request.fields_data()) {
    const FieldData& got = fields.at(sent.field_name());
    EXPECT_EQ(got.type(), sent.type()) << sent.field_name();
    EXPECT_EQ(got.vectors().SerializeAsString(), sent.vectors().SerializeAsString());
    EXPECT_EQ(got.valid_data_size(), 0) << "not nullable";
    if (sent.type() != pb::schema::Array) {
      EXPECT_EQ(got.scalars().DebugString(), sent.scalars().DebugString()) << sent.field_name();
      continue;
    }
    const auto& rows = got.scalars().array_data();
    ASSERT_EQ(rows.data_size(), 2) << sent.field_name();
    EXPECT_EQ(rows.data(0).DebugString(), sent.scalars().array_data().data(0).DebugString());
    EXPECT_EQ(rows.element_type(), sent.scalars().array_data().element_type());
  }
}

TEST_F(RoundTripTest, NullsMayComeWithOrWithoutPlaceholdersAndComeBackWithThem) {
  pb::schema::CollectionSchema schema = KeyAndVector();
  AddField("n_packed", pb::schema::Int32, schema);
  AddField("n_full", pb::schema::VarChar, schema);
  AddField("n_all", pb::schema::Double, schema);
  AddField("n_none", pb::schema::JSON, schema);
  AddArray("n_array", pb::schema::Int64, schema);
  AddField("n_missing", pb::schema::Bool, schema);
  CreateWith(schema);
  api::InsertRequest request = KeysAndVectors(3);
  const auto add = [&](const std::string& name, DataType type, std::initializer_list<bool> valid) {
    FieldData* data = AddData(name, type, request);
    for (const bool is_valid : valid) data->add_valid_data(is_valid);
    return data->mutable_scalars();
  };
  auto* packed = add("n_packed", pb::schema::Int32, {true, false, true})->mutable_int_data();
  packed->add_data(5);
  packed->add_data(6);
  auto* full = add("n_full", pb::schema::VarChar, {false, true, false})->mutable_string_data();
  for (const char* text : {"", "x", ""}) full->add_data(text);
  add("n_all", pb::schema::Double, {false, false, false});
  auto* none = add("n_none", pb::schema::JSON, {true, true, true})->mutable_json_data();
  for (int i = 0; i < 3; ++i) none->add_data("1");
  auto* array = add("n_array", pb::schema::Array, {false, true, false})->mutable_array_data();
  array->add_data()->mutable_long_data()->add_data(4);
  Insert(request);

  const auto fields = QueryAll();
  const auto valid = [&](const std::string& name) {
    const auto& bits = fields.at(name).valid_data();
    return std::vector<bool>(bits.begin(), bits.end());
  };
  EXPECT_EQ(valid("n_packed"), (std::vector<bool>{true, false, true}));
  const auto& numbers = fields.at("n_packed").scalars().int_data().data();
  EXPECT_EQ(std::vector<int>(numbers.begin(), numbers.end()), (std::vector<int>{5, 0, 6}));
  EXPECT_EQ(valid("n_full"), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(fields.at("n_full").scalars().string_data().data(1), "x");
  EXPECT_EQ(valid("n_all"), (std::vector<bool>{false, false, false}));
  EXPECT_EQ(valid("n_none"), (std::vector<bool>{true, true, true}));
  EXPECT_EQ(valid("n_array"), (std::vector<bool>{false, true, false}));
  EXPECT_EQ(fields.at("n_array").scalars().array_data().data(1).long_data().data(0), 4);
  EXPECT_EQ(valid("n_missing"), (std::vector<bool>{false, false, false}));
}

}  // namespace
}  // namespace vecgate::milvus_grpc
