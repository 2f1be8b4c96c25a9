// Bad requests and what they are answered, verb by verb, without a network.
#include <functional>

#include "api/milvus_grpc/rpc_fixture.h"

namespace vecgate::milvus_grpc {
namespace {

using ::testing::HasSubstr;

class RpcVerbsTest : public RpcFixture {
 protected:
  void ExpectStatus(const pb::common::Status& status, int32_t code, const std::string& text) {
    EXPECT_EQ(status.code(), code) << status.reason();
    EXPECT_THAT(status.reason(), HasSubstr(text));
    EXPECT_FALSE(outcome_.ok());
  }
};

TEST_F(RpcVerbsTest, EveryVerbAnswersAnEmptyRequest) {
  EXPECT_GE(table_.verbs().size(), 44U);
  for (const auto& [method, verb] : table_.verbs()) {
    const auto request = verb.new_request();
    const auto response = verb.new_response();
    const Status outcome = verb.Run(Call{}, *request, *response);
    // An error stands in the answer too, as clients never see the outcome itself.
    const auto again = verb.new_response();
    ASSERT_TRUE(again->ParseFromString(response->SerializeAsString())) << method;
    if (outcome.ok()) continue;
    EXPECT_FALSE(outcome.error().message.empty()) << method;
    EXPECT_GT(response->ByteSizeLong(), 0U) << method;
  }
}

struct BadInsert {
  std::function<void(api::InsertRequest&)> break_it;
  int32_t code;
  const char* text;
};

TEST_F(RpcVerbsTest, InsertRefusesWhatDoesNotFitTheSchema) {
  CreateReady("a");
  const BadInsert cases[] = {
      {[](auto& r) { r.set_collection_name("none"); }, 100,
       "collection not found[database=default][collection=none]"},
      {[](auto& r) { r.set_db_name("none"); }, 800, "database not found[database=none]"},
      {[](auto& r) { r.set_partition_name("none"); }, 200, "partition not found[partition=none]"},
      {[](auto& r) { r.set_num_rows(0); }, 1100, "num_rows"},
      {[](auto& r) { r.set_num_rows(2); }, 1100, "the num_rows (1) of field (id)"},
      {[](auto& r) { r.set_num_rows(4'000'000'000); }, 1100, "the num_rows (1) of field (id)"},
      {[](auto& r) { r.mutable_fields_data()->RemoveLast(); }, 1100,
       "fieldSchema(v) has no corresponding fieldData pass in"},
      {[](auto& r) { *r.add_fields_data() = r.fields_data(0); }, 1100, "duplicated field id"},
      {[](auto& r) { r.mutable_fields_data(1)->set_field_name("none"); }, 1100,
       "field none of the request does not exist in collection a"},
      {[](auto& r) { r.mutable_fields_data(1)->set_is_dynamic(true); }, 1100, "no dynamic field"},
      {[](auto& r) { r.mutable_fields_data(1)->set_field_name("v"); }, 1100,
       "field v: FloatVector expected, VarChar found"},
      {[](auto& r) { r.mutable_fields_data(2)->set_field_name("color"); }, 1100, "duplicated"},
      {[](auto& r) {
         r.mutable_fields_data(0)->mutable_scalars()->mutable_string_data()->add_data("1");
       },
       1100, "field id: Int64 expected"},
      {[](auto& r) { r.mutable_fields_data(2)->mutable_vectors()->set_dim(3); }, 1100,
       "the dim (3) of field data(v) is not equal to schema dim (2)"},
      {[](auto& r) {
         r.mutable_fields_data(2)->mutable_vectors()->mutable_float_vector()->add_data(1);
       },
       1100, "field v: 12 bytes are not whole vectors of 8 bytes (FloatVector of dim 2)"},
      {[](auto& r) { r.mutable_fields_data(2)->mutable_vectors()->set_binary_vector("xx"); }, 1100,
       "field v: FloatVector expected, BinaryVector found"},
      {[](auto& r) { r.mutable_fields_data(2)->mutable_vectors()->clear_data(); }, 1100,
       "field v: FloatVector expected, None found"},
      {[](auto& r) { r.mutable_fields_data(1)->add_valid_data(false); }, 1100,
       "null is not allowed"},
      {[](auto& r) {
         for (int i = 0; i < 2; ++i) r.mutable_fields_data(1)->add_valid_data(true);
       },
       1100, "field color: valid_data has 2 entries for 1 rows"},
      {[](auto& r) {
         r.mutable_fields_data(1)->mutable_scalars()->mutable_string_data()->set_data(
             0, std::string(65, 'x'));
       },
       1100, "length: 65, max length: 64"},
  };
  for (const BadInsert& bad : cases) {
    api::InsertRequest request = OneRow("a");
    bad.break_it(request);
    const auto out = Run<api::MutationResult>("Insert", request);
    ExpectStatus(out.status(), bad.code, bad.text);
    EXPECT_EQ(out.insert_cnt(), 0);
  }
  EXPECT_EQ(Count("a"), 0U) << "nothing of a refused request is kept";
  EXPECT_EQ(Run<api::MutationResult>("Insert", OneRow("a")).insert_cnt(), 1);
}

struct ByteVectors {
  DataType type;
  std::string bytes;  // Of one vector of 16 dimensions.
  std::function<std::string*(pb::schema::VectorField&)> field;
};

TEST_F(RpcVerbsTest, VectorsOfEveryTypeComeBackAsTheyCame) {
  const std::string eight("\x00\x3c\x00\xbc\xff\x7b\x01\x00\x00\x00\x00\x80\x66\x2e\x00\x40", 16);
  const std::string halves = eight + eight;
  const ByteVectors cases[] = {
      {DataType::kFloat16Vector, halves, [](auto& v) { return v.mutable_float16_vector(); }},
      {DataType::kBFloat16Vector, halves, [](auto& v) { return v.mutable_bfloat16_vector(); }},
      {DataType::kInt8Vector,
       std::string("\x80\x7f\x00\x01\xff\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c", 16),
       [](auto& v) { return v.mutable_int8_vector(); }},
      {DataType::kBinaryVector, "\xa5\x01", [](auto& v) { return v.mutable_binary_vector(); }},
  };
  for (const ByteVectors& c : cases) {
    const std::string name(DataTypeName(c.type));
    CollectionSchema schema = Schema(name);
    schema.fields[2].type = c.type;
    schema.fields[2].dim = 16;
    ASSERT_TRUE(Create(schema).ok());
    ASSERT_TRUE(catalog().CreateIndex(context_, "default", name, {"v", "", {}}).ok());
    ASSERT_TRUE(catalog().Load("default", name).ok());

    api::InsertRequest insert = OneRow(name);
    auto* vectors = insert.mutable_fields_data(2)->mutable_vectors();
    vectors->set_dim(16);
    *c.field(*vectors) = c.bytes + "x";
    ExpectStatus(Run<api::MutationResult>("Insert", insert).status(), 1100,
                 "bytes are not whole vectors of " + std::to_string(c.bytes.size()));
    *c.field(*vectors) = c.bytes;
    EXPECT_EQ(Run<api::MutationResult>("Insert", insert).insert_cnt(), 1) << name;

    api::SearchRequest search = SearchNear(name, 0);
    pb::common::PlaceholderGroup group;
    auto* queries = group.add_placeholders();
    queries->set_type(static_cast<pb::common::PlaceholderType>(c.type));
    queries->add_values(c.bytes);
    search.set_placeholder_group(group.SerializeAsString());
    search.add_output_fields("v");
    const auto found = Run<api::SearchResults>("Search", search);
    ASSERT_EQ(found.status().code(), 0) << name << found.status().reason();
    ASSERT_EQ(found.results().fields_data_size(), 1) << name;
    auto back = found.results().fields_data(0).vectors();
    EXPECT_EQ(back.dim(), 16);
    EXPECT_EQ(*c.field(back), c.bytes) << name;
  }
}

TEST_F(RpcVerbsTest, HalvesMayComeAsFloats) {
  CollectionSchema schema = Schema("a");
  schema.fields[2].type = DataType::kFloat16Vector;
  ASSERT_TRUE(Create(schema).ok());
  ASSERT_TRUE(Index("a").ok());
  ASSERT_TRUE(catalog().Load("default", "a").ok());
  api::InsertRequest insert = OneRow("a");
  auto* floats = insert.mutable_fields_data(2)->mutable_vectors()->mutable_float_vector();
  floats->set_data(1, 70'000);
  ExpectStatus(Run<api::MutationResult>("Insert", insert).status(), 1100,
               "field v at row 0: value 70000 does not fit Float16Vector");
  floats->set_data(1, 2049);
  EXPECT_EQ(Run<api::MutationResult>("Insert", insert).insert_cnt(), 1);
  gateway::GatewayQuery query;
  query.filter.expression = "id == 9";
  query.output_fields = {"v"};
  const auto rows = gateway_->Query(context_, Get("a"), query).value().rows;
  std::vector<float> scratch;
  EXPECT_THAT(rows.columns[1].NumbersAt(0, scratch), ::testing::ElementsAre(9, 2048));
}

struct BadSearch {
  std::function<void(api::SearchRequest&)> break_it;
  const char* text;
};

TEST_F(RpcVerbsTest, SearchRefusesBadParametersAndVectors) {
  CreateReady("a");
  Insert("a", 1, 5);
  const auto with = [](const char* key, const char* value) {
    return [key, value](api::SearchRequest& r) { AddPair(key, value, *r.mutable_search_params()); };
  };
  const auto placeholder = [](std::function<void(pb::common::PlaceholderGroup&)> edit) {
    return [edit](api::SearchRequest& r) {
      pb::common::PlaceholderGroup group;
      ASSERT_TRUE(group.ParseFromString(r.placeholder_group()));
      edit(group);
      r.set_placeholder_group(group.SerializeAsString());
    };
  };
  const std::string deep(200'000, '[');
  const BadSearch cases[] = {
      {[](auto& r) { r.clear_search_params(); }, "topk not found in search_params"},
      {with("topk", "x"), "topk [x] is invalid"},
      {with("topk", "0"), "topk [0] is invalid"},
      {with("topk", "16385"), "16385"},
      {with("offset", "-1"), "offset [-1] is invalid"},
      {with("round_decimal", "7"), "round_decimal [7] is invalid"},
      {with("ef", "0"), "ef [0] is invalid, it should be in range [1, 65536]"},
      {with("nprobe", "0"), "nprobe [0] is invalid, it should be in range [1, 65536]"},
      {with("params", "[1]"), "params [[1]] is invalid, it should be a JSON object"},
      {with("params", "{\"radius\": \"far\"}"), "radius [far] is invalid"},
      {with("metric_type", "COSINE"), "metric type not match"},
      {with("anns_field", "none"), "fieldName(none) not found"},
      {[](auto& r) { r.set_dsl("id >"); }, "cannot parse expression: id >"},
      {[](auto& r) { r.set_placeholder_group("\xff"); }, "not a PlaceholderGroup message"},
      {[](auto& r) { r.clear_placeholder_group(); }, "holds 0 placeholders, 1 expected"},
      {[](auto& r) { r.set_nq(3); }, "nq [3] is invalid: 1 query vectors found"},
      {placeholder([](auto& g) { g.mutable_placeholders(0)->set_type(pb::common::BinaryVector); }),
       "field [v] is of type FloatVector, search vectors are of type BinaryVector"},
      {placeholder([](auto& g) { g.mutable_placeholders(0)->set_type(pb::common::VarChar); }),
       "search vectors are of type VarChar, a vector type is expected"},
      {placeholder([](auto& g) { g.mutable_placeholders(0)->set_values(0, "abc"); }),
       "vector dimension mismatch"},
      {placeholder([](auto& g) { g.mutable_placeholders(0)->set_values(0, ""); }),
       "vector dimension mismatch"},
  };
  for (const BadSearch& bad : cases) {
    api::SearchRequest request = SearchNear("a", 2);
    bad.break_it(request);
    const auto out = Run<api::SearchResults>("Search", request);
    EXPECT_NE(out.status().code(), 0) << bad.text;
    EXPECT_THAT(out.status().reason(), HasSubstr(bad.text));
  }
  api::SearchRequest request = SearchNear("a", 2);
  with("params", ("{\"other\": " + deep + std::string(deep.size(), ']') + "}").c_str())(request);
  const auto out = Run<api::SearchResults>("Search", request);
  EXPECT_EQ(out.status().code(), 0) << "unknown parameters are left alone, however deep";
  const auto& ids = out.results().ids().int_id().data();
  EXPECT_EQ(std::vector<int64_t>(ids.begin(), ids.end()), (std::vector<int64_t>{2, 1, 3}));
  EXPECT_EQ(out.results().topks(0), 3);
}

TEST_F(RpcVerbsTest, IndexParametersMayStandInJsonButNotNested) {
  ASSERT_TRUE(Create(Schema("a")).ok());
  api::CreateIndexRequest request;
  request.set_collection_name("a");
  request.set_field_name("v");
  auto* params = request.mutable_extra_params();
  AddPair("index_type", "FLAT", *params);
  AddPair("metric_type", "L2", *params);
  AddPair("params", "[]", *params);
  ExpectStatus(Run<pb::common::Status>("CreateIndex", request), 1100, "a JSON object is expected");
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  params->Mutable(2)->set_value("{\"M\": " + deep + "}");
  ExpectStatus(Run<pb::common::Status>("CreateIndex", request), 1100,
               "index parameter M is a list or an object");
  params->Mutable(2)->set_value(R"({"M": 16, "efConstruction": "200"})");
  EXPECT_EQ(Run<pb::common::Status>("CreateIndex", request).code(), 0);
  EXPECT_EQ(Get("a")->indexes[0].spec.params.at("M"), "16");
  EXPECT_EQ(Get("a")->indexes[0].spec.params.at("efConstruction"), "200");
}

TEST_F(RpcVerbsTest, SchemasThatCannotBeReadOrServedAreRefused) {
  api::CreateCollectionRequest request;
  request.set_collection_name("a");
  request.set_schema("\xff\xff");
  ExpectStatus(Run<pb::common::Status>("CreateCollection", request), 1100,
               "not a CollectionSchema message");
  pb::schema::CollectionSchema schema;
  schema.add_functions();
  request.set_schema(schema.SerializeAsString());
  ExpectStatus(Run<pb::common::Status>("CreateCollection", request), 1100, "functions");
  schema.clear_functions();
  auto* field = schema.add_fields();
  field->set_name("v");
  field->set_data_type(pb::schema::FloatVector);
  AddPair("dim", "eight", *field->mutable_type_params());
  request.set_schema(schema.SerializeAsString());
  ExpectStatus(Run<pb::common::Status>("CreateCollection", request), 1100, "parsing \"eight\"");
  field->clear_type_params();
  field->set_data_type(pb::schema::Int64);
  field->mutable_default_value()->set_string_data("x");
  request.set_schema(schema.SerializeAsString());
  ExpectStatus(Run<pb::common::Status>("CreateCollection", request), 1100, "default_value");
}

TEST_F(RpcVerbsTest, DeleteAndQueryRefuseAndWork) {
  CreateReady("a");
  Insert("a", 1, 5);
  api::DeleteRequest erase;
  erase.set_collection_name("a");
  for (const char* empty : {"", "  "}) {
    erase.set_expr(empty);
    ExpectStatus(Run<api::MutationResult>("Delete", erase).status(), 1100, "delete plan can't be");
  }
  erase.set_expr("id in {keys}");
  auto* keys = (*erase.mutable_expr_template_values())["keys"].mutable_array_val();
  for (const int64_t key : {1, 2, 77}) keys->mutable_long_data()->add_data(key);
  EXPECT_EQ(Run<api::MutationResult>("Delete", erase).delete_cnt(), 2);
  api::QueryRequest query;
  query.set_collection_name("a");
  query.add_output_fields("count(*)");
  const auto counted = Run<api::QueryResults>("Query", query);
  ASSERT_EQ(counted.fields_data_size(), 1);
  EXPECT_EQ(counted.fields_data(0).scalars().long_data().data(0), 3);
  AddPair("limit", "0", *query.mutable_query_params());
  ExpectStatus(Run<api::QueryResults>("Query", query).status(), 1100, "limit [0] is invalid");
  ASSERT_TRUE(catalog().Release("default", "a").ok());
  query.clear_query_params();
  ExpectStatus(Run<api::QueryResults>("Query", query).status(), 101, "collection not loaded");
}

TEST_F(RpcVerbsTest, TheDatabaseIsTheRequestsElseTheMetadatasElseDefault) {
  Call call;
  EXPECT_EQ(call.Database(""), "default");
  call.metadata_database = "meta";
  EXPECT_EQ(call.Database(""), "meta");
  EXPECT_EQ(call.Database("own"), "own");
}

}  // namespace
}  // namespace vecgate::milvus_grpc
