// The table of settings.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <charconv>

#include "app/config.h"

namespace vecgate::app {
namespace {

/// "limits.max_top_k" → "VECGATE_LIMITS__MAX_TOP_K".
std::string EnvironmentName(const std::string& key) {
  std::string name = "VECGATE_";
  for (const char c : key) {
    if (c == '.') {
      name += "__";
    } else {
      name += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    }
  }
  return name;
}

Setting Make(std::string key, std::string help, std::string allowed) {
  Setting setting;
  setting.environment = {EnvironmentName(key)};
  setting.flags = {"--" + key};
  setting.key = std::move(key);
  setting.help = std::move(help);
  setting.allowed = std::move(allowed);
  return setting;
}

Setting Text(std::string key, std::string Config::*member, std::string help, std::string allowed) {
  Setting setting = Make(std::move(key), std::move(help), std::move(allowed));
  setting.set = [member](Config& config, const std::string& text) {
    if (text.empty()) return false;
    config.*member = text;
    return true;
  };
  setting.get = [member](const Config& config) { return config.*member; };
  return setting;
}

/// A text that may be empty, which is as if it were not given.
Setting OptionalText(std::string key, std::string Config::*member, std::string help,
                     std::string allowed) {
  Setting setting = Text(std::move(key), member, std::move(help), std::move(allowed));
  setting.set = [member](Config& config, const std::string& text) {
    config.*member = text;
    return true;
  };
  return setting;
}

Setting SecretText(std::string key, Secret<std::string> Config::*member, std::string help,
                   std::string allowed) {
  Setting setting = Make(std::move(key), std::move(help), std::move(allowed));
  setting.is_secret = true;
  setting.set = [member](Config& config, const std::string& text) {
    config.*member = Secret<std::string>(text);
    return true;
  };
  setting.get = [member](const Config& config) { return std::string((config.*member).Redacted()); };
  return setting;
}

Setting Choice(std::string key, std::string Config::*member, std::vector<std::string> choices,
               std::string help) {
  Setting setting =
      Make(std::move(key), std::move(help), fmt::format("one of {}", fmt::join(choices, ", ")));
  setting.set = [member, choices](Config& config, const std::string& text) {
    if (std::find(choices.begin(), choices.end(), text) == choices.end()) return false;
    config.*member = text;
    return true;
  };
  setting.get = [member](const Config& config) { return config.*member; };
  return setting;
}

Setting Number(std::string key, uint64_t Config::*member, uint64_t low, uint64_t high,
               std::string help) {
  Setting setting =
      Make(std::move(key), std::move(help), fmt::format("a number from {} to {}", low, high));
  setting.set = [member, low, high](Config& config, const std::string& text) {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < low || value > high)
      return false;
    config.*member = value;
    return true;
  };
  setting.get = [member](const Config& config) { return std::to_string(config.*member); };
  return setting;
}

Setting Flag(std::string key, bool Config::*member, std::string help) {
  Setting setting = Make(std::move(key), std::move(help), "true or false");
  setting.set = [member](Config& config, const std::string& text) {
    if (text != "true" && text != "false") return false;
    config.*member = text == "true";
    return true;
  };
  setting.get = [member](const Config& config) { return config.*member ? "true" : "false"; };
  return setting;
}

Setting With(Setting setting, std::vector<std::string> flags,
             std::vector<std::string> environment = {}) {
  setting.flags.insert(setting.flags.begin(), flags.begin(), flags.end());
  setting.environment.insert(setting.environment.end(), environment.begin(), environment.end());
  return setting;
}

constexpr const char* kAddress = "HOST:PORT, such as 127.0.0.1:19530";

std::vector<Setting> MakeSettings() {
  return {
      With(Text("data_dir", &Config::data_dir, "Where everything is kept; one process holds it.",
                "a directory"),
           {"--data"}),
      With(Text("grpc_addr", &Config::grpc_addr, "Address of the Milvus gRPC API.", kAddress),
           {"--grpc-addr"}),
      With(Text("http_addr", &Config::http_addr,
                "Address of the HTTP API, /health, /ready and /metrics.", kAddress),
           {"--http-addr"}),
      With(Flag("insecure", &Config::insecure,
                "Listen on public addresses although there is no authentication."),
           {"--insecure"}),
      With(Choice("vector_store_mode", &Config::vector_store_mode,
                  {"embedded", "pgvector", "milvus"},
                  "The engine of collections that name none with the property vecgate.engine."),
           {"--mode"}, {"VECTOR_STORE_MODE"}),
      With(SecretText("metadata.url", &Config::metadata_url,
                      "PostgreSQL that keeps the catalog and the documents' records; empty is "
                      "SQLite in the data directory.",
                      "a libpq connection string or URI"),
           {}, {"VECGATE_METADATA_URL"}),
      With(SecretText("postgres.dsn", &Config::postgres_dsn,
                      "PostgreSQL with pgvector of the engine postgres; empty: no such engine.",
                      "a libpq connection string or URI"),
           {}, {"DATABASE_URL"}),
      Text("postgres.schema", &Config::postgres_schema,
           "The database schema that holds the collections; gateways on one schema share them.",
           "a name of up to 63 bytes"),
      Number("postgres.max_connections", &Config::postgres_max_connections, 1, 100,
             "Connections to PostgreSQL at most."),
      Number("postgres.connect_timeout_ms", &Config::postgres_connect_timeout_ms, 100, 600'000,
             "How long connecting to PostgreSQL may take."),
      With(OptionalText("milvus.uri", &Config::milvus_uri,
                        "Milvus or Zilliz server of the engine milvus; empty: no such engine.",
                        "http://HOST:PORT, or https://HOST for TLS"),
           {}, {"MILVUS_URI", "INGEST_MILVUS_URI", "QUERY_MILVUS_URI"}),
      With(OptionalText("milvus.host", &Config::milvus_host, "In place of milvus.uri.",
                        "a host name or address"),
           {}, {"MILVUS_HOST"}),
      With(Number("milvus.port", &Config::milvus_port, 1, 65535, "With milvus.host."), {},
           {"MILVUS_PORT"}),
      With(SecretText("milvus.token", &Config::milvus_token,
                      "API key of Zilliz Cloud, or user:password.", "a text"),
           {}, {"ZILLIZ_API_KEY", "INGEST_ZILLIZ_API_KEY", "QUERY_ZILLIZ_API_KEY"}),
      OptionalText("milvus.user", &Config::milvus_user, "In place of milvus.token.", "a name"),
      SecretText("milvus.password", &Config::milvus_password, "With milvus.user.", "a text"),
      OptionalText("milvus.database", &Config::milvus_database,
                   "Database of that server; empty is its default.", "a name"),
      Text("milvus.name_prefix", &Config::milvus_name_prefix,
           "Collections are named so there, with their number behind it.",
           "a letter or _, then letters, digits and _, up to 64"),
      OptionalText("milvus.ca_file", &Config::milvus_ca_file,
                   "Whom to trust with https, as PEM; empty: whom the system trusts.", "a file"),
      With(Number("milvus.grpc_timeout_s", &Config::milvus_grpc_timeout_s, 1, 3600,
                  "How long one call to Milvus may take."),
           {}, {"MILVUS_GRPC_TIMEOUT"}),
      Number("milvus.channels", &Config::milvus_channels, 1, 64, "Connections to Milvus."),
      Flag("milvus.sole_writer", &Config::milvus_sole_writer,
           "No other program writes to these collections: reads need not wait for Milvus' clock."),
      Choice("engine.durability", &Config::engine_durability, {"sync", "async"},
             "sync: a write is on disk before it is acknowledged. async: it survives kill -9, but "
             "power loss takes the last milliseconds."),
      Number("engine.builder_threads", &Config::engine_builder_threads, 1, 256,
             "Threads that build indexes in the background."),
      Number("engine.memory_budget_mb", &Config::engine_memory_budget_mb, 0, uint64_t{1} << 24,
             "What collections may hold in memory; 0 is no limit. Vectors that can lie in files go "
             "there when it gets tight, and writes that do not fit are refused."),
      With(Choice("embedder.kind", &Config::embedder_kind, {"minilm", "hash"},
                  "What turns text into vectors; hash is for tests."),
           {"--embedder"}),
      Text("embedder.model_dir", &Config::embedder_model_dir,
           "Folder with model.safetensors and vocab.txt; empty is the one found at build time.",
           "a directory"),
      Number("embedder.threads", &Config::embedder_threads, 0, 1024,
             "Threads of the model; 0 is one for each core."),
      With(Number("ingest.workers", &Config::ingest_workers, 1, 64, "Documents worked on at once."),
           {}, {"INGEST_WORKERS"}),
      Number("ingest.max_queued", &Config::ingest_max_queued, 1, 10'000'000,
             "Documents waiting at most; more are refused with 429."),
      Number("ingest.max_document_bytes", &Config::ingest_max_document_bytes, 1, uint64_t{1} << 32,
             "Size of one document at most."),
      Choice("ingest.chunk_strategy", &Config::ingest_chunk_strategy,
             {"fixed", "sentence", "recursive", "markdown"},
             "How documents are cut unless the request says."),
      Number("ingest.chunk_tokens", &Config::ingest_chunk_tokens, 8, 254,
             "Tokens of the model in a chunk at most."),
      Number("ingest.chunk_overlap", &Config::ingest_chunk_overlap, 0, 128,
             "Tokens that neighbouring chunks share; less than half of chunk_tokens."),
      Number("limits.max_top_k", &Config::limits_max_top_k, 1, 16384,
             "limit + offset of a search or query at most."),
      Number("limits.max_batch_rows", &Config::limits_max_batch_rows, 1, 100'000'000,
             "Rows in one insert or upsert at most."),
      Number("limits.max_message_bytes", &Config::limits_max_message_bytes, 1024, uint64_t{1} << 30,
             "Size of a gRPC message at most."),
      Number("limits.max_grpc_threads", &Config::limits_max_grpc_threads, 4, 4096,
             "Threads that serve gRPC calls at most."),
      Number("limits.max_connections", &Config::limits_max_connections, 1, 1'000'000,
             "HTTP connections at once at most."),
      With(Choice("log.level", &Config::log_level, {"debug", "info", "warning", "error"},
                  "What is logged."),
           {"--log-level"}),
      With(Choice("log.format", &Config::log_format, {"text", "json"}, "How it is logged."),
           {"--log-format"}),
      Number("drain_timeout_ms", &Config::drain_timeout_ms, 0, 600'000,
             "How long running requests may take to end at shutdown."),
  };
}

}  // namespace

const std::vector<Setting>& AllSettings() {
  static const std::vector<Setting> settings = MakeSettings();
  return settings;
}

std::string ConfigReference() {
  const Config defaults;
  std::string page =
      "# Configuration reference\n\n"
      "<!-- Generated by `vecgate config reference`; a test compares it with the program. -->\n\n"
      "Each setting can stand in `vecgate.toml` (in the working directory, or `--config FILE`), in "
      "the environment, or\n"
      "as a flag. Flags win over the environment, the environment over the file. `vecgate config "
      "show` prints every\n"
      "value and where it came from.\n\n"
      "| key | default | allowed | environment | flags | meaning |\n|---|---|---|---|---|---|\n";
  for (const Setting& setting : AllSettings()) {
    page +=
        fmt::format("| `{}` | `{}` | {} | `{}` | `{}` | {} |\n", setting.key, setting.get(defaults),
                    setting.allowed, fmt::join(setting.environment, "`, `"),
                    fmt::join(setting.flags, "`, `"), setting.help);
  }
  return page;
}

}  // namespace vecgate::app
