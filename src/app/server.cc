#include "app/server.h"

#include <fmt/format.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "api/milvus_grpc/milvus_server.h"
#include "api/native/collection_api.h"
#include "api/native/document_api.h"
#include "api/native/http_server.h"
#include "api/native/index_api.h"
#include "api/native/query_api.h"
#include "app/engines.h"
#include "app/open_metadata.h"
#include "blob/blob_store.h"
#include "chunks/gateway_chunk_index.h"
#include "embed/embedder.h"
#include "gateway/gateway.h"
#include "gateway/sql_catalog_store.h"
#include "ingest/ingest_service.h"
#include "metadata/metadata_store.h"
#include "observe/log.h"
#include "observe/metrics.h"
#include "query/query_service.h"

#ifndef VECGATE_VERSION
#error "the build gives the version"
#endif

namespace vecgate::app {
namespace {

using milvus_grpc::MilvusServer;

EmbedderOptions EmbedderFor(const Config& config) {
  EmbedderOptions options;
  options.kind = config.embedder_kind;
  if (!config.embedder_model_dir.empty()) options.model_dir = config.embedder_model_dir;
  options.threads = static_cast<int>(config.embedder_threads);
  options.precision = EmbedderOptions::Precision::kAuto;
  return options;
}

Result<IngestService::Options> IngestFor(const Config& config) {
  IngestService::Options options;
  options.workers = static_cast<int>(config.ingest_workers);
  options.max_queued = static_cast<int64_t>(config.ingest_max_queued);
  options.max_document_bytes = config.ingest_max_document_bytes;
  VG_ASSIGN_OR_RETURN(options.chunking.strategy,
                      ChunkStrategyFromName(config.ingest_chunk_strategy));
  options.chunking.max_tokens = config.ingest_chunk_tokens;
  options.chunking.overlap_tokens = config.ingest_chunk_overlap;
  return options;
}

HttpResponse Json(int status, const nlohmann::json& body) {
  HttpResponse response;
  response.status = status;
  response.body = body.dump();
  return response;
}

void LogCall(std::string_view api, std::string_view what, const std::string& request_id,
             std::string_view outcome, std::chrono::nanoseconds took) {
  const double milliseconds = std::chrono::duration<double, std::milli>(took).count();
  Log(LogLevel::kDebug, "request",
      {{"api", std::string(api)},
       {"what", std::string(what)},
       {"request_id", request_id},
       {"outcome", std::string(outcome)},
       {"ms", fmt::format("{:.3f}", milliseconds)}});
}

class RunningServer final : public Server {
 public:
  explicit RunningServer(const Config& config) : config_(config) {}
  RunningServer(const RunningServer&) = delete;
  RunningServer& operator=(const RunningServer&) = delete;
  ~RunningServer() override {
    const Status drained = Drain();
    if (!drained.ok())
      Log(LogLevel::kError, "shutdown was not clean", {{"error", drained.error().message}});
  }

  Status Start() {
    VG_RETURN_IF_ERROR(OpenStores());
    VG_RETURN_IF_ERROR(StartServices());
    AddGauges();
    return Listen();
  }

  [[nodiscard]] std::string http_url() const override {
    return UrlOf("http_addr", config_.http_addr, http_->port());
  }
  [[nodiscard]] std::string grpc_url() const override {
    return UrlOf("grpc_addr", config_.grpc_addr, milvus_->port());
  }

  Status Drain() override {
    if (drained_) return Ok();
    drained_ = true;
    const auto bound = std::chrono::milliseconds(config_.drain_timeout_ms);
    if (milvus_ != nullptr) milvus_->Drain(bound);
    if (http_ != nullptr && !http_->Drain(bound))
      Log(LogLevel::kWarning, "HTTP requests were cut at the drain timeout");
    if (ingest_ != nullptr) ingest_->Stop();
    return engines_ == nullptr ? Ok() : engines_->Close();
  }

 private:
  static std::string UrlOf(const std::string& key, const std::string& address, int port) {
    const Result<HostPort> at = ParseHostPort(key, address);
    return fmt::format("http://{}:{}", at.ok() ? at->host : address, port);
  }

  Status OpenStores() {
    std::error_code failed;
    std::filesystem::create_directories(config_.data_dir, failed);
    if (failed) {
      return Unavailable(
          fmt::format("data directory {} cannot be made: {}", config_.data_dir, failed.message()),
          Subject::kStorage);
    }
    VG_ASSIGN_OR_RETURN(engines_, Engines::Open(config_));
    VG_ASSIGN_OR_RETURN(metadata_, OpenMetadata(config_, MetadataStore::Migrate::kOnlyFresh));
    VG_ASSIGN_OR_RETURN(blobs_, BlobStore::Open(config_.data_dir + "/blobs"));
    gateway::GatewayLimits limits;
    limits.max_top_k = static_cast<uint32_t>(config_.limits_max_top_k);
    limits.max_batch_rows = config_.limits_max_batch_rows;
    gateway::Catalog::Options catalog;
    catalog.warn = [](const std::string& text) { Log(LogLevel::kWarning, text); };
    VG_ASSIGN_OR_RETURN(gateway_, gateway::Gateway::Open(
                                      std::make_unique<gateway::SqlCatalogStore>(*metadata_),
                                      engines_->Set(), SystemClock(), limits, std::move(catalog)));
    return Ok();
  }

  Status StartServices() {
    VG_ASSIGN_OR_RETURN(embedder_, MakeEmbedder(EmbedderFor(config_)));
    GatewayChunkIndex::Options index;
    index.embedder = embedder_->name();
    index.dimension = static_cast<uint32_t>(embedder_->dimension());
    chunks_ = std::make_unique<GatewayChunkIndex>(*gateway_, index);
    VG_ASSIGN_OR_RETURN(IngestService::Options ingest, IngestFor(config_));
    VG_ASSIGN_OR_RETURN(ingest_, IngestService::Start({*metadata_, *blobs_, *embedder_, *chunks_},
                                                      std::move(ingest)));
    query_ = std::make_unique<QueryService>(*embedder_, *chunks_);
    return Ok();
  }

  Status Listen() {
    milvus_grpc::MilvusServerOptions milvus;
    milvus.address = config_.grpc_addr;
    milvus.max_message_bytes = static_cast<int>(config_.limits_max_message_bytes);
    milvus.max_threads = static_cast<int>(config_.limits_max_grpc_threads);
    VG_ASSIGN_OR_RETURN(
        milvus_, MilvusServer::Start(milvus, *gateway_,
                                     [this](std::string_view method, const milvus_grpc::Call& call,
                                            const Status& outcome, std::chrono::nanoseconds took) {
                                       ObserveRpc(method, call, outcome, took);
                                     }));
    VG_ASSIGN_OR_RETURN(const HostPort at, ParseHostPort("http_addr", config_.http_addr));
    HttpServer::Options http;
    http.address = at.host == "localhost" ? "127.0.0.1" : at.host;
    http.port = at.port;
    http.max_connections = config_.limits_max_connections;
    http.on_exchange = [this](const HttpExchange& exchange) {
      metrics_.CountHttp(exchange.method, exchange.route, exchange.status, exchange.duration);
      LogCall("http", exchange.method + " " + exchange.path, exchange.request_id,
              std::to_string(exchange.status), exchange.duration);
    };
    VG_ASSIGN_OR_RETURN(http_, HttpServer::Start(std::move(http), MakeRouter()));
    return Ok();
  }

  Router MakeRouter() {
    Router router;
    AddDocumentRoutes(router, *ingest_, {.max_upload_bytes = config_.ingest_max_document_bytes});
    AddQueryRoutes(router, *query_);
    AddCollectionRoutes(router, *gateway_);
    AddIndexRoutes(router, *gateway_);
    router.Add({.method = "GET", .pattern = "/health", .handler = [](const HttpRequest&) {
                  return Json(200, {{"status", "ok"}, {"version", Version()}});
                }});
    router.Add(
        {.method = "GET", .pattern = "/ready", .handler = [this](const HttpRequest& request) {
           return Readiness(request.context);
         }});
    router.Add({.method = "GET", .pattern = "/metrics", .handler = [this](const HttpRequest&) {
                  HttpResponse response;
                  response.content_type = "text/plain; version=0.0.4";
                  response.body = metrics_.Text();
                  return response;
                }});
    return router;
  }

  /// Ready when the default engine is; "degraded" when another is not, whose collections answer
  /// with errors while the rest is served.
  HttpResponse Readiness(const OpContext& context) {
    std::string status = "ready";
    nlohmann::json engines = nlohmann::json::object();
    for (const auto& [name, health] : CheckEngines(gateway_->engines(), context)) {
      engines[name] = health.ok() ? "ok" : health.error().message;
      if (health.ok() || status == "not ready") continue;
      status = name == gateway_->engines().default_name() ? "not ready" : "degraded";
    }
    return Json(status == "not ready" ? 503 : 200, {{"status", status}, {"engines", engines}});
  }

  void ObserveRpc(std::string_view method, const milvus_grpc::Call& call, const Status& outcome,
                  std::chrono::nanoseconds took) {
    const Code code = outcome.ok() ? Code::kOk : outcome.error().code;
    metrics_.CountRpc(method, code, took);
    LogCall("milvus", method, call.context.request_id, CodeName(code), took);
    if (code == Code::kInternal || code == Code::kDataLoss || code == Code::kUnavailable) {
      Log(LogLevel::kError, "call failed",
          {{"method", std::string(method)},
           {"request_id", call.context.request_id},
           {"error", outcome.error().message}});
    }
  }

  void AddGauges() {
    metrics_.AddGauge({"vecgate_collection_rows", "Rows of each collection.", [this] {
                         std::vector<std::pair<std::map<std::string, std::string>, double>> out;
                         ForEachCollection([&](const gateway::CollectionInfo& info,
                                               const CollectionStats& stats) {
                           out.push_back({{{"database", info.database}, {"collection", info.name}},
                                          static_cast<double>(stats.rows)});
                         });
                         return out;
                       }});
    metrics_.AddGauge(
        {"vecgate_collection_memory_bytes", "Memory of each collection by structure.", [this] {
           std::vector<std::pair<std::map<std::string, std::string>, double>> out;
           ForEachCollection(
               [&](const gateway::CollectionInfo& info, const CollectionStats& stats) {
                 for (const auto& [structure, bytes] : stats.memory) {
                   out.push_back({{{"database", info.database},
                                   {"collection", info.name},
                                   {"structure", structure}},
                                  static_cast<double>(bytes)});
                 }
               });
           return out;
         }});
    metrics_.AddGauge({"vecgate_store_memory_bytes",
                       "Memory of the embedded engine's store by structure.", [this] {
                         std::vector<std::pair<std::map<std::string, std::string>, double>> out;
                         for (const auto& [structure, bytes] : engines_->StoreMemory()) {
                           out.push_back({{{"structure", structure}}, static_cast<double>(bytes)});
                         }
                         return out;
                       }});
    metrics_.AddGauge({"vecgate_ingestions", "Ingestions by state.", [this] {
                         std::vector<std::pair<std::map<std::string, std::string>, double>> out;
                         const auto counts = ingest_->CountByState();
                         if (!counts.ok()) return out;
                         for (const auto& [state, count] : *counts)
                           out.push_back({{{"state", state}}, static_cast<double>(count)});
                         return out;
                       }});
  }

  template <typename Visit>
  void ForEachCollection(Visit visit) {
    const OpContext context;
    for (const gateway::DatabaseRecord& database : gateway_->catalog().ListDatabases()) {
      const auto collections = gateway_->catalog().ListCollections(database.name);
      if (!collections.ok()) continue;  // Dropped meanwhile.
      for (const gateway::CollectionPtr& info : *collections) {
        const auto stats = gateway_->Stats(context, *info);
        if (stats.ok()) visit(*info, *stats);
      }
    }
  }

  const Config config_;
  Metrics metrics_;
  // In order of dependency: each borrows from those above it.
  std::unique_ptr<Engines> engines_;
  std::unique_ptr<MetadataStore> metadata_;
  std::unique_ptr<BlobStore> blobs_;
  std::unique_ptr<gateway::Gateway> gateway_;
  std::unique_ptr<Embedder> embedder_;
  std::unique_ptr<GatewayChunkIndex> chunks_;
  std::unique_ptr<IngestService> ingest_;
  std::unique_ptr<QueryService> query_;
  std::unique_ptr<MilvusServer> milvus_;
  std::unique_ptr<HttpServer> http_;
  bool drained_ = false;
};

}  // namespace

std::string Version() { return VECGATE_VERSION; }

Result<std::unique_ptr<Server>> Server::Start(const Config& config) {
  auto server = std::make_unique<RunningServer>(config);
  VG_RETURN_IF_ERROR(server->Start());
  return std::unique_ptr<Server>(std::move(server));
}

}  // namespace vecgate::app
