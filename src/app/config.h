// Config: every setting of vecgate, where its value came from, and what it may be.
//
// A setting has one key ("limits.max_top_k"), which is its place in vecgate.toml, one environment
// variable (VECGATE_LIMITS__MAX_TOP_K, and older names where requirements give them), and one flag
// (--limits.max_top_k, and a short one for the most used). Flags win over the environment, the
// environment over the file, the file over defaults. Unknown keys and bad values are errors that
// name the key, the value and what is allowed.
//
// Thread safety: values.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/secret.h"
#include "observe/log.h"

namespace vecgate::app {

struct Config {
  std::string data_dir = "vecgate-data";
  std::string grpc_addr = "127.0.0.1:19530";
  std::string http_addr = "127.0.0.1:9091";
  bool insecure = false;
  /// "embedded", "pgvector" or "milvus": where collections go that name no engine.
  std::string vector_store_mode = "embedded";
  Secret<std::string> metadata_url;  ///< Empty: SQLite in the data directory.

  Secret<std::string> postgres_dsn;  ///< Empty: there is no such engine.
  std::string postgres_schema = "vecgate";
  uint64_t postgres_max_connections = 16;
  uint64_t postgres_connect_timeout_ms = 5000;

  std::string milvus_uri;  ///< Empty, and no host either: there is no such engine.
  std::string milvus_host;
  uint64_t milvus_port = 19530;
  Secret<std::string> milvus_token;
  std::string milvus_user;
  Secret<std::string> milvus_password;
  std::string milvus_database;
  std::string milvus_name_prefix = "vecgate_";
  std::string milvus_ca_file;
  uint64_t milvus_grpc_timeout_s = 60;
  uint64_t milvus_channels = 4;
  bool milvus_sole_writer = false;

  std::string engine_durability = "sync";
  uint64_t engine_builder_threads = 2;
  uint64_t engine_memory_budget_mb = 0;

  std::string embedder_kind = "minilm";
  std::string embedder_model_dir;
  uint64_t embedder_threads = 0;

  uint64_t ingest_workers = 2;
  uint64_t ingest_max_queued = 10'000;
  uint64_t ingest_max_document_bytes = uint64_t{128} << 20;
  std::string ingest_chunk_strategy = "recursive";
  uint64_t ingest_chunk_tokens = 200;
  uint64_t ingest_chunk_overlap = 40;

  uint64_t limits_max_top_k = 16384;
  uint64_t limits_max_batch_rows = 1'000'000;
  uint64_t limits_max_message_bytes = uint64_t{64} << 20;
  uint64_t limits_max_grpc_threads = 64;
  uint64_t limits_max_connections = 1024;

  std::string log_level = "info";
  std::string log_format = "text";
  uint64_t drain_timeout_ms = 10'000;
};

/// One setting as the loader, `config show` and the reference page see it.
struct Setting {
  std::string key;
  std::vector<std::string> environment;  ///< The first is the canonical name.
  std::vector<std::string> flags;        ///< "--data", "--data_dir"
  std::string help;
  std::string allowed;  ///< "a number from 1 to 1024", "sync or async", …
  /// Its value is in no message and no listing.
  bool is_secret = false;
  /// Reads `text` into the config; false when it is not allowed.
  std::function<bool(Config&, const std::string& text)> set;
  /// Of a secret: whether it is set.
  std::function<std::string(const Config&)> get;
};

const std::vector<Setting>& AllSettings();

/// The config and, for each key, where its value came from: "default", "file vecgate.toml",
/// "environment VECGATE_DATA_DIR", "flag --data".
struct LoadedConfig {
  Config config;
  std::map<std::string, std::string> origins;
};

struct ConfigSources {
  /// Path of the file; empty: ./vecgate.toml when it is there.
  std::string file;
  std::map<std::string, std::string> environment;
  /// Setting key → (flag as typed, value).
  std::map<std::string, std::pair<std::string, std::string>> flags;
};

Result<LoadedConfig> LoadConfig(const ConfigSources& sources);

/// A table of key, value and origin, for `vecgate config show`.
std::string ShowConfig(const LoadedConfig& loaded);
/// docs/configuration.md, generated from AllSettings().
std::string ConfigReference();

/// What needs more than one setting: listening on a public address needs --insecure, overlap <
/// tokens.
Status CheckConfig(const Config& config);
/// milvus.uri, or one of milvus.host and milvus.port; empty when neither is given.
std::string MilvusUri(const Config& config);

/// "127.0.0.1:80" → {"127.0.0.1", 80}; "[::1]:80" too.
struct HostPort {
  std::string host;
  uint16_t port = 0;
};
Result<HostPort> ParseHostPort(const std::string& key, const std::string& text);

}  // namespace vecgate::app
