// Documents in, cited passages out, over a real socket: the whole of the native API on the hash
// embedder and the in-memory chunk index.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "api/native/document_api.h"
#include "api/native/http_server.h"
#include "api/native/query_api.h"
#include "api/native/test_client.h"
#include "base/uuid.h"
#include "chunks/reference_chunk_index.h"
#include "document/extract.h"
#include "embed/hash_embedder.h"

namespace vecgate {
namespace {

using nlohmann::json;
using ::testing::HasSubstr;

class NativeApiTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::filesystem::create_directories(dir_);
    metadata_ = MetadataStore::Open(dir_ + "/metadata.db").value();
    blobs_ = BlobStore::Open(dir_ + "/blobs").value();
    IngestService::Options options;
    options.max_queued = 50;
    options.extract = [](const OpContext&, DocumentFormat format, std::string_view bytes) {
      return Extract(format, bytes, {});
    };
    ingest_ = IngestService::Start({*metadata_, *blobs_, embedder_, index_}, options).value();
    query_ = std::make_unique<QueryService>(embedder_, index_);
    Router router;
    AddDocumentRoutes(router, *ingest_, {.max_upload_bytes = 1 << 20});
    AddQueryRoutes(router, *query_);
    HttpServer::Options http;
    http.port = 0;
    server_ = HttpServer::Start(http, std::move(router)).value();
    port_ = server_->port();
  }
  void TearDown() override {
    server_.reset();
    ingest_.reset();
    metadata_.reset();
    std::filesystem::remove_all(dir_);
  }

  json Ingest(const json& body) {
    const TestAnswer answer = Send(port_, "POST", "/v1/ingest", body.dump());
    EXPECT_EQ(answer.status, 202) << answer.body;
    return answer.Json();
  }
  void Settle() {
    ASSERT_TRUE(ingest_->WaitIdle(OpContext::WithTimeout(std::chrono::seconds(30))).ok());
  }
  json Get(const std::string& target) { return Send(port_, "GET", target).Json(); }
  int StatusOf(const std::string& method, const std::string& target) {
    return Send(port_, method, target).status;
  }

  std::string dir_ = std::filesystem::temp_directory_path() / ("vg-api-" + NewUuid());
  HashEmbedder embedder_;
  ReferenceChunkIndex index_;
  std::unique_ptr<MetadataStore> metadata_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<IngestService> ingest_;
  std::unique_ptr<QueryService> query_;
  std::unique_ptr<HttpServer> server_;
  uint16_t port_ = 0;
};

constexpr const char* kZebra =
    "Zebras graze on the savanna at dawn. The capital of France is the city of Paris, on the "
    "Seine. "
    "Lions sleep most of the day in the shade.";

TEST_F(NativeApiTest, ATextComesBackAsACitedPassage) {
  const json accepted =
      Ingest({{"text", kZebra}, {"document", "facts.txt"}, {"metadata", {{"lang", "en"}}}});
  EXPECT_EQ(accepted["state"], "accepted");
  Settle();
  const json done = Get("/v1/status/" + accepted["ingestion_id"].get<std::string>());
  EXPECT_EQ(done["state"], "completed") << done;
  EXPECT_EQ(done["document_state"], "processed");

  const TestAnswer answer =
      Send(port_, "POST", "/v1/query", json{{"question", "the capital of France"}}.dump());
  ASSERT_EQ(answer.status, 200) << answer.body;
  const json out = answer.Json();
  ASSERT_GE(out["citations"].size(), 1U);
  const json& citation = out["citations"][0];
  EXPECT_EQ(citation["document"], "facts.txt");
  const std::string text = kZebra;
  const size_t begin = citation["byte_begin"];
  const size_t end = citation["byte_end"];
  EXPECT_EQ(text.substr(begin, end - begin), citation["quote"]);
  EXPECT_THAT(citation["quote"].get<std::string>(), HasSubstr("Paris"));
  EXPECT_EQ(out["generator"], "extractive");
  EXPECT_EQ(out["passages"][0]["source_metadata"]["lang"], "en");
}

TEST_F(NativeApiTest, AFileComesByMultipart) {
  const std::string body =
      "--XX\r\nContent-Disposition: form-data; name=\"file\"; "
      "filename=\"C:\\\\dir\\\\notes.md\"\r\n"
      "Content-Type: text/markdown\r\n\r\n# Notes\n\nZebras are striped animals of Africa.\n"
      "\r\n--XX\r\nContent-Disposition: form-data; "
      "name=\"chunk_strategy\"\r\n\r\nmarkdown\r\n--XX--\r\n";
  const TestAnswer answer =
      Send(port_, "POST", "/v1/ingest", body, "multipart/form-data; boundary=XX");
  ASSERT_EQ(answer.status, 202) << answer.body;
  EXPECT_EQ(answer.Json()["document"], "notes.md");
  Settle();
  const std::string id = answer.Json()["document_id"];
  const json document = Get("/v1/documents/" + id);
  EXPECT_EQ(document["state"], "processed") << document;
  EXPECT_EQ(document["title"], "Notes");
  const json chunks = Get("/v1/documents/" + id + "/chunks");
  EXPECT_EQ(chunks["total"], chunks["chunks"].size());
  EXPECT_THAT(chunks["chunks"][0]["chunk_text"].get<std::string>(), HasSubstr("Zebras"));
}

TEST_F(NativeApiTest, WrongIdsAre400AndUnknownOnes404) {
  for (const std::string path : {"/v1/ingest/", "/v1/status/", "/v1/documents/"}) {
    EXPECT_EQ(StatusOf("GET", path + "not-a-uuid"), 400) << path;
    EXPECT_EQ(StatusOf("GET", path + NewUuid()), 404) << path;
  }
  EXPECT_EQ(StatusOf("DELETE", "/v1/documents/" + NewUuid()), 404);
  EXPECT_EQ(StatusOf("DELETE", "/v1/ingest/xyz"), 400);
  EXPECT_EQ(StatusOf("GET", "/v1/documents/" + NewUuid() + "/chunks"), 404);
}

TEST_F(NativeApiTest, DeletingIs204Then404AndLeavesNothing) {
  const json accepted = Ingest({{"text", kZebra}, {"document", "a"}});
  Settle();
  const std::string id = accepted["document_id"];
  EXPECT_EQ(StatusOf("DELETE", "/v1/documents/" + id), 204);
  EXPECT_EQ(StatusOf("DELETE", "/v1/documents/" + id), 404);
  EXPECT_EQ(StatusOf("GET", "/v1/ingest/" + accepted["ingestion_id"].get<std::string>()), 404);
  EXPECT_EQ(index_.size(), 0U);
  EXPECT_EQ(blobs_->Get(accepted["content_sha256"]).error().code, Code::kNotFound);

  const json again = Ingest({{"text", kZebra}, {"document", "a"}});
  Settle();
  EXPECT_EQ(StatusOf("DELETE", "/v1/ingest/" + again["ingestion_id"].get<std::string>()), 204);
  EXPECT_EQ(StatusOf("GET", "/v1/documents/" + again["document_id"].get<std::string>()), 404);
}

TEST_F(NativeApiTest, DocumentsAreFilteredAndPaged) {
  for (int i = 0; i < 5; ++i) {
    Ingest({{"text", kZebra + std::to_string(i)}, {"document", "doc-" + std::to_string(i)}});
  }
  Ingest({{"text", "   "}, {"document", "blank"}});
  Settle();
  const json page = Get("/v1/documents?name=DOC-&limit=2&offset=3");
  EXPECT_EQ(page["total"], 5);
  EXPECT_EQ(page["documents"].size(), 2U);
  const json errors = Get("/v1/documents?state=error");
  ASSERT_EQ(errors["total"], 1);
  EXPECT_THAT(errors["documents"][0]["error"].get<std::string>(), HasSubstr("no text"));
  EXPECT_EQ(StatusOf("GET", "/v1/documents?state=odd"), 400);
  EXPECT_EQ(StatusOf("GET", "/v1/documents?limit=-1"), 400);
  EXPECT_EQ(StatusOf("GET", "/v1/documents?lim=1"), 400);
}

TEST_F(NativeApiTest, BadBodiesAreRefusedWithTheReason) {
  const auto post = [&](const std::string& body) {
    return Send(port_, "POST", "/v1/ingest", body);
  };
  EXPECT_EQ(post("{").status, 400);
  EXPECT_THAT(post(R"({"text": 5})").body, HasSubstr("'text' must be a string"));
  EXPECT_THAT(post(R"({"text": "a", "txt": "b"})").body, HasSubstr("'txt' is not known"));
  EXPECT_THAT(post(R"({"text": "a", "chunk_strategy": "odd"})").body, HasSubstr("fixed, sentence"));
  EXPECT_THAT(post(R"({"text": "a", "format": "pdf"})").body, HasSubstr("multipart"));
  EXPECT_THAT(post(R"({"text": "a", "chunk_size": 1})").body, HasSubstr("8 to 8192"));
  const TestAnswer type = Send(port_, "POST", "/v1/ingest", "x", "text/plain");
  EXPECT_EQ(type.status, 415);
  EXPECT_THAT(type.body, HasSubstr("application/json, multipart/form-data"));
  const TestAnswer large = Send(port_, "POST", "/v1/ingest", std::string(3 << 20, 'x'));
  EXPECT_EQ(large.status, 413);
  EXPECT_EQ(StatusOf("PUT", "/v1/ingest"), 405);
  EXPECT_EQ(StatusOf("GET", "/nothing"), 404);
  EXPECT_EQ(Send(port_, "POST", "/v1/query", R"({"question": " "})").status, 400);
  EXPECT_EQ(Send(port_, "POST", "/v1/query", R"({"question": "a", "top_k": 0})").status, 400);
}

TEST_F(NativeApiTest, RequestIdsComeBack) {
  const TestAnswer given = Send(port_, "GET", "/nothing", "", "", "x-request-id: my-id.7\r\n");
  EXPECT_THAT(given.head, HasSubstr("x-request-id: my-id.7"));
  EXPECT_EQ(given.Json()["error"]["request_id"], "my-id.7");
  EXPECT_EQ(given.Json()["error"]["code"], "NOT_FOUND");
  const TestAnswer forged = Send(port_, "GET", "/nothing", "", "", "x-request-id: <script>\r\n");
  EXPECT_TRUE(IsUuid(forged.Json()["error"]["request_id"].get<std::string>()));
}

}  // namespace
}  // namespace vecgate
