// What the tests of the verbs share: the table over a gateway, called without a network.
#pragma once

#include <string>
#include <vector>

#include "api/milvus_grpc/milvus_server.h"
#include "gateway/gateway_fixture.h"
#include "milvus.pb.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;
namespace api = ::milvus::proto::milvus;

class RpcFixture : public gateway::GatewayFixture {
 protected:
  /// Runs `method`; the answer must be a Response.
  template <typename Response, typename Request>
  Response Run(const std::string& method, const Request& request) {
    const Verb& verb = table_.verbs().at(method);
    const auto response = verb.new_response();
    EXPECT_EQ(verb.new_request()->GetTypeName(), request.GetTypeName());
    EXPECT_EQ(response->GetTypeName(), Response().GetTypeName());
    outcome_ = verb.Run(Call{}, request, *response);
    return static_cast<const Response&>(*response);
  }

  static void AddPair(const std::string& key, const std::string& value,
                      google::protobuf::RepeatedPtrField<pb::common::KeyValuePair>& out) {
    auto* pair = out.Add();
    pair->set_key(key);
    pair->set_value(value);
  }
  static pb::schema::FieldData* AddData(const std::string& name, pb::schema::DataType type,
                                        api::InsertRequest& request) {
    auto* data = request.add_fields_data();
    data->set_field_name(name);
    data->set_type(type);
    return data;
  }
  /// Row (9, "green", (9, 0)) for a collection of GatewayFixture::Schema.
  static api::InsertRequest OneRow(const std::string& collection) {
    api::InsertRequest request;
    request.set_collection_name(collection);
    request.set_num_rows(1);
    AddData("id", pb::schema::Int64, request)->mutable_scalars()->mutable_long_data()->add_data(9);
    AddData("color", pb::schema::VarChar, request)
        ->mutable_scalars()
        ->mutable_string_data()
        ->add_data("green");
    auto* vectors = AddData("v", pb::schema::FloatVector, request)->mutable_vectors();
    vectors->set_dim(2);
    for (const float x : {9.0F, 0.0F}) vectors->mutable_float_vector()->add_data(x);
    return request;
  }
  /// The three nearest to (x, 0).
  static api::SearchRequest SearchNear(const std::string& collection, float x) {
    api::SearchRequest request;
    request.set_collection_name(collection);
    request.set_nq(1);
    AddPair("topk", "3", *request.mutable_search_params());
    AddPair("anns_field", "v", *request.mutable_search_params());
    pb::common::PlaceholderGroup group;
    auto* values = group.add_placeholders();
    values->set_tag("$0");
    values->set_type(pb::common::FloatVector);
    const float vector[] = {x, 0};
    values->add_values(std::string(reinterpret_cast<const char*>(vector), sizeof(vector)));
    request.set_placeholder_group(group.SerializeAsString());
    return request;
  }

  RpcTable table_ = MakeMilvusTable(*gateway_);
  Status outcome_;
};

}  // namespace vecgate::milvus_grpc
