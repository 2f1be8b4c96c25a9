// Collections by HTTP: made on an engine, described, dropped, and what is refused in which words.
#include "api/native/collection_api.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "api/native/http_server.h"
#include "api/native/test_client.h"
#include "engine/reference/reference_engine.h"
#include "gateway/sql_catalog_store.h"

namespace vecgate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class CollectionApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    gateway_ =
        gateway::Gateway::Open(std::make_unique<gateway::SqlCatalogStore>(*metadata_),
                               gateway::EngineSet({{"near", &near_}, {"far", &far_}}, "near"),
                               SystemClock(), {})
            .value();
    Router router;
    AddCollectionRoutes(router, *gateway_);
    server_ = HttpServer::Start({.port = 0}, std::move(router)).value();
  }
  TestAnswer Post(const json& body) {
    return Send(server_->port(), "POST", "/v1/collections", body.dump());
  }
  TestAnswer Get(const std::string& path) { return Send(server_->port(), "GET", path); }
  void ExpectRefused(const json& body, int status, const std::string& text) {
    const TestAnswer answer = Post(body);
    EXPECT_EQ(answer.status, status) << answer.body;
    EXPECT_THAT(answer.body, HasSubstr(text));
    EXPECT_EQ(Get("/v1/collections").Json()["collections"].size(), 0U) << "nothing is left";
  }
  static json Docs() {
    return {{"name", "docs"},
            {"engine", "far"},
            {"properties", {{"owner", "me"}}},
            {"fields",
             {{{"name", "id"}, {"type", "VARCHAR"}, {"max_length", 64}, {"is_primary_key", true}},
              {{"name", "tags"}, {"type", "Array"}, {"element_type", "INT64"}, {"max_capacity", 8}},
              {{"name", "v"}, {"type", "FLOAT_VECTOR"}, {"dim", 4}}}},
            {"indexes", {{{"field", "v"}, {"index_type", "FLAT"}, {"metric_type", "L2"}}}}};
  }

  reference::ReferenceEngine near_;
  reference::ReferenceEngine far_;
  std::unique_ptr<MetadataStore> metadata_ = MetadataStore::Open(":memory:").value();
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(CollectionApiTest, ACollectionIsMadeOnTheEngineThatIsNamedAndIsLoaded) {
  const TestAnswer made = Post(Docs());
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(far_.ListCollections({}).value().size(), 1U);
  EXPECT_TRUE(near_.ListCollections({}).value().empty());

  const json shown = Get("/v1/collections/docs").Json();
  EXPECT_EQ(shown["engine"], "far");
  EXPECT_EQ(shown["loaded"], true);
  EXPECT_EQ(shown["rows"], 0);
  EXPECT_EQ(shown["properties"], (json{{"owner", "me"}, {"vecgate.engine", "far"}}));
  EXPECT_EQ(
      shown["fields"][0],
      (json{{"name", "id"}, {"type", "VarChar"}, {"max_length", 64}, {"is_primary_key", true}}));
  EXPECT_EQ(shown["fields"][1]["element_type"], "Int64");
  EXPECT_EQ(shown["indexes"][0]["metric_type"], "L2");
  EXPECT_EQ(Post(Docs()).status, 409);

  json other = Docs();
  other["name"] = "other";
  other.erase("engine");
  ASSERT_EQ(Post(other).status, 201);
  EXPECT_EQ(near_.ListCollections({}).value().size(), 1U);
  EXPECT_EQ(Get("/v1/collections").Json()["collections"].size(), 2U);

  EXPECT_EQ(Send(server_->port(), "DELETE", "/v1/collections/docs").status, 204);
  EXPECT_EQ(Send(server_->port(), "DELETE", "/v1/collections/docs").status, 404);
  EXPECT_TRUE(far_.ListCollections({}).value().empty());
}

TEST_F(CollectionApiTest, ATemplateGivesFieldsAndIndexes) {
  const json body = {{"name", "mine"}, {"template", "document_chunks_minilm"}, {"engine", "far"}};
  const TestAnswer made = Post(body);
  ASSERT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(made.Json()["name"], "mine");
  EXPECT_EQ(made.Json()["engine"], "far");
  EXPECT_EQ(made.Json()["indexes"].size(), 1U);
  bool has_vector = false;
  const json described = made.Json();
  for (const json& field : described["fields"]) {
    has_vector = has_vector || field.value("dim", 0) == 384;
  }
  EXPECT_TRUE(has_vector) << made.body;
  EXPECT_EQ(Send(server_->port(), "DELETE", "/v1/collections/mine").status, 204);

  ExpectRefused({{"name", "mine"}, {"template", "none"}}, 404, "document_chunks_minilm");
  ExpectRefused(
      {{"name", "mine"}, {"template", "document_chunks_minilm"}, {"fields", json::array()}}, 400,
      "template is given with fields or indexes");
  ExpectRefused({{"name", "mine"}, {"dim", 4}}, 400, "dim is given without template");
}

TEST_F(CollectionApiTest, WhatCannotBeMadeIsRefusedByNameAndLeavesNothing) {
  json body = Docs();
  body["engine"] = "oracle";
  ExpectRefused(body, 409, "there are: far, near");
  body = Docs();
  body["fields"][1]["type"] = "Text";
  ExpectRefused(body, 400, R"(field tags: type is \"Text\"; allowed: Bool, Int8)");
  body = Docs();
  body["fields"][0]["lenght"] = 3;
  ExpectRefused(body, 400, "field id: field 'lenght' is not known; allowed: ");
  body = Docs();
  body["fields"][2]["dim"] = "4";
  ExpectRefused(body, 400, "field v: field 'dim' must be an integer");
  body = Docs();
  body["fields"][2].erase("name");
  ExpectRefused(body, 400, "a field has no name");
  body = Docs();
  body["indexes"][0]["index_type"] = "DISKANN";
  ExpectRefused(body, 400, "invalid index type: DISKANN");
  body = Docs();
  body["indexes"][0].erase("field");
  ExpectRefused(body, 400, "an index names no field");
  body = Docs();
  body["properties"]["owner"] = json::array();
  ExpectRefused(body, 400, "properties.owner must be a text");
  body = Docs();
  body.erase("name");
  ExpectRefused(body, 400, "name is missing");
  body = Docs();
  body["database"] = "none";
  ExpectRefused(body, 404, "database not found[database=none]");
  body = Docs();
  body["fields"] = "all";
  ExpectRefused(body, 400, "field 'fields' must be a list");
  EXPECT_EQ(Get("/v1/collections/none").status, 404);
  EXPECT_EQ(Get("/v1/collections?database=none").status, 404);
}

}  // namespace
}  // namespace vecgate
