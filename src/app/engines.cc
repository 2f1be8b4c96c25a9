#include "app/engines.h"

#include "base/read_file.h"
#include "engines/embedded/embedded_engine.h"
#include "engines/milvus/milvus_engine.h"
#include "engines/postgres/postgres_engine.h"
#include "observe/log.h"

namespace vecgate::app {
namespace {

void Warn(const std::string& text) { Log(LogLevel::kWarning, text); }

Result<std::unique_ptr<embedded::EmbeddedEngine>> OpenEmbedded(const Config& config) {
  embedded::EmbeddedOptions options;
  options.directory = config.data_dir + "/engine";
  options.durability =
      config.engine_durability == "sync" ? storage::Durability::kSync : storage::Durability::kAsync;
  options.builder_threads = config.engine_builder_threads;
  options.memory_budget_bytes = config.engine_memory_budget_mb << 20;
  options.warn = Warn;
  return embedded::EmbeddedEngine::Open(std::move(options));
}

Result<std::unique_ptr<postgres::PostgresEngine>> OpenPostgres(const Config& config) {
  postgres::PostgresOptions options;
  options.dsn = config.postgres_dsn;
  options.schema = config.postgres_schema;
  options.max_connections = config.postgres_max_connections;
  options.connect_timeout = std::chrono::milliseconds(config.postgres_connect_timeout_ms);
  options.warn = Warn;
  return postgres::PostgresEngine::Open(std::move(options));
}

Result<std::unique_ptr<milvus_engine::MilvusEngine>> OpenMilvus(const Config& config) {
  milvus_engine::MilvusOptions options;
  options.uri = MilvusUri(config);
  options.token = config.milvus_token;
  options.user = config.milvus_user;
  options.password = config.milvus_password;
  options.database = config.milvus_database;
  options.name_prefix = config.milvus_name_prefix;
  options.grpc_timeout = std::chrono::seconds(config.milvus_grpc_timeout_s);
  options.channels = config.milvus_channels;
  options.sole_writer = config.milvus_sole_writer;
  if (!config.milvus_ca_file.empty()) {
    VG_ASSIGN_OR_RETURN(options.ca_pem, ReadSmallFile(config.milvus_ca_file));
  }
  options.warn = Warn;
  return milvus_engine::MilvusEngine::Open(std::move(options));
}

/// The engine that a mode means.
const char* EngineOf(const std::string& mode) {
  return mode == "pgvector" ? "postgres" : mode.c_str();
}

}  // namespace

Engines::~Engines() = default;

Result<std::unique_ptr<Engines>> Engines::Open(const Config& config) {
  std::unique_ptr<Engines> out(new Engines());
  out->default_name_ = EngineOf(config.vector_store_mode);
  VG_ASSIGN_OR_RETURN(auto embedded, OpenEmbedded(config));
  out->embedded_ = embedded.get();
  out->engines_["embedded"] = std::move(embedded);
  if (!config.postgres_dsn.empty()) {
    VG_ASSIGN_OR_RETURN(out->engines_["postgres"], OpenPostgres(config));
  }
  if (!MilvusUri(config).empty()) {
    VG_ASSIGN_OR_RETURN(out->engines_["milvus"], OpenMilvus(config));
  }
  return out;
}

MemoryUse Engines::StoreMemory() const { return embedded_->StoreMemory(); }

gateway::EngineSet Engines::Set() const {
  std::map<std::string, Engine*> engines;
  for (const auto& [name, engine] : engines_) engines[name] = engine.get();
  return {std::move(engines), default_name_};
}

Status Engines::Close() { return embedded_->Close(); }

}  // namespace vecgate::app
