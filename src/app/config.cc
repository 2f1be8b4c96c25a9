#include "app/config.h"

#include <fmt/format.h>

#include <toml++/toml.h>
#include <charconv>
#include <filesystem>

namespace vecgate::app {
namespace {

Error BadValue(const Setting& setting, const std::string& value, const std::string& origin) {
  const std::string shown = setting.is_secret ? "(not shown)" : '"' + value + '"';
  return InvalidArgument(fmt::format("{}: the value {} ({}) is not allowed: {}", setting.key, shown,
                                     origin, setting.allowed),
                         Subject::kConfig);
}

Status Apply(const Setting& setting, const std::string& value, const std::string& origin,
             LoadedConfig& out) {
  if (!setting.set(out.config, value)) return BadValue(setting, value, origin);
  out.origins[setting.key] = origin;
  return Ok();
}

const Setting* FindSetting(const std::string& key) {
  for (const Setting& setting : AllSettings()) {
    if (setting.key == key) return &setting;
  }
  return nullptr;
}

/// "limits.max_top_k" → "16384" for every value in the file.
Status Flatten(const toml::table& table, const std::string& prefix, const std::string& file,
               std::map<std::string, std::string>& out) {
  for (const auto& [name, node] : table) {
    const std::string key = prefix + std::string(name.str());
    if (const toml::table* inner = node.as_table()) {
      VG_RETURN_IF_ERROR(Flatten(*inner, key + ".", file, out));
    } else if (const auto* text = node.as_string()) {
      out[key] = text->get();
    } else if (const auto* number = node.as_integer()) {
      out[key] = std::to_string(number->get());
    } else if (const auto* flag = node.as_boolean()) {
      out[key] = flag->get() ? "true" : "false";
    } else {
      return InvalidArgument(
          fmt::format("{} in {}: a text, a whole number or true/false is expected", key, file),
          Subject::kConfig);
    }
  }
  return Ok();
}

Status ApplyFile(const std::string& file, LoadedConfig& out) {
  std::map<std::string, std::string> values;
  try {
    const toml::table table = toml::parse_file(file);
    VG_RETURN_IF_ERROR(Flatten(table, "", file, values));
  } catch (const toml::parse_error& e) {
    return InvalidArgument(fmt::format("{} cannot be read: {} at line {}", file, e.description(),
                                       e.source().begin.line),
                           Subject::kConfig);
  }
  for (const auto& [key, value] : values) {
    const Setting* setting = FindSetting(key);
    if (setting == nullptr) {
      return InvalidArgument(
          fmt::format(
              "{}: no setting of this name (in {}); `vecgate config show` lists those there are",
              key, file),
          Subject::kConfig);
    }
    VG_RETURN_IF_ERROR(Apply(*setting, value, "file " + file, out));
  }
  return Ok();
}

Status ApplyEnvironment(const std::map<std::string, std::string>& environment, LoadedConfig& out) {
  std::map<std::string, const Setting*> names;
  for (const Setting& setting : AllSettings()) {
    for (const std::string& name : setting.environment) names[name] = &setting;
  }
  for (const auto& [name, value] : environment) {
    const auto found = names.find(name);
    if (found != names.end()) {
      VG_RETURN_IF_ERROR(Apply(*found->second, value, "environment " + name, out));
    } else if (name.starts_with("VECGATE_") && name != "VECGATE_CONFIG") {
      return InvalidArgument(fmt::format("{}: no setting has this environment variable; `vecgate "
                                         "config show` lists those there are",
                                         name),
                             Subject::kConfig);
    }
  }
  return Ok();
}

bool IsLoopback(const std::string& host) {
  // A name such as 127.example.org may resolve to anything: only numbers make an address.
  return host == "localhost" || host == "::1" ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

}  // namespace

Result<HostPort> ParseHostPort(const std::string& key, const std::string& text) {
  const Error bad = InvalidArgument(
      fmt::format("{}: the value \"{}\" is not allowed: HOST:PORT, such as 127.0.0.1:19530", key,
                  text),
      Subject::kConfig);
  const size_t colon = text.rfind(':');
  if (colon == std::string::npos || colon == 0) return bad;
  HostPort out;
  out.host = text.substr(0, colon);
  if (out.host.front() == '[' && out.host.back() == ']')
    out.host = out.host.substr(1, out.host.size() - 2);
  const char* begin = text.data() + colon + 1;
  const char* end = text.data() + text.size();
  const auto [stop, error] = std::from_chars(begin, end, out.port);
  if (error != std::errc() || stop != end || begin == end) return bad;
  return out;
}

std::string MilvusUri(const Config& config) {
  if (config.milvus_host.empty()) return config.milvus_uri;
  return fmt::format("http://{}:{}", config.milvus_host, config.milvus_port);
}

Status CheckConfig(const Config& config) {
  const std::pair<const char*, const std::string*> addresses[] = {{"grpc_addr", &config.grpc_addr},
                                                                  {"http_addr", &config.http_addr}};
  for (const auto& [key, address] : addresses) {
    VG_ASSIGN_OR_RETURN(const HostPort at, ParseHostPort(key, *address));
    if (!IsLoopback(at.host) && !config.insecure) {
      return FailedPrecondition(fmt::format("{} = {} is a public address and there is no "
                                            "authentication: anyone who reaches it could read and "
                                            "delete everything. Listen on 127.0.0.1, or give "
                                            "--insecure if the network around it is trusted",
                                            key, *address),
                                Subject::kConfig);
    }
  }
  if (config.vector_store_mode == "pgvector" && config.postgres_dsn.empty()) {
    return InvalidArgument(
        "vector_store_mode = pgvector needs postgres.dsn, such as "
        "\"host=127.0.0.1 dbname=app user=vecgate\"",
        Subject::kConfig);
  }
  if (!config.milvus_uri.empty() && !config.milvus_host.empty()) {
    return InvalidArgument("milvus.uri and milvus.host are both given: one of them is allowed",
                           Subject::kConfig);
  }
  if (config.vector_store_mode == "milvus" && MilvusUri(config).empty()) {
    return InvalidArgument(
        "vector_store_mode = milvus needs milvus.uri, such as http://127.0.0.1:19530, or "
        "milvus.host",
        Subject::kConfig);
  }
  if (config.ingest_chunk_overlap * 2 >= config.ingest_chunk_tokens) {
    return InvalidArgument(
        fmt::format("ingest.chunk_overlap = {} must be less than half of ingest.chunk_tokens = {}",
                    config.ingest_chunk_overlap, config.ingest_chunk_tokens),
        Subject::kConfig);
  }
  return Ok();
}

Result<LoadedConfig> LoadConfig(const ConfigSources& sources) {
  LoadedConfig out;
  for (const Setting& setting : AllSettings()) out.origins[setting.key] = "default";
  std::string file = sources.file;
  if (file.empty() && std::filesystem::exists("vecgate.toml")) file = "vecgate.toml";
  if (!file.empty()) VG_RETURN_IF_ERROR(ApplyFile(file, out));
  VG_RETURN_IF_ERROR(ApplyEnvironment(sources.environment, out));
  for (const auto& [key, flag] : sources.flags) {
    VG_RETURN_IF_ERROR(Apply(*FindSetting(key), flag.second, "flag " + flag.first, out));
  }
  VG_RETURN_IF_ERROR(CheckConfig(out.config));
  return out;
}

std::string ShowConfig(const LoadedConfig& loaded) {
  std::string out;
  for (const Setting& setting : AllSettings()) {
    out += fmt::format("{:<28} {:<24} {}\n", setting.key, setting.get(loaded.config),
                       loaded.origins.at(setting.key));
  }
  return out;
}

}  // namespace vecgate::app
