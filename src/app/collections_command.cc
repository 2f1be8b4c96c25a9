#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_reply.h"
#include "base/read_file.h"

namespace vecgate::app {
namespace {

using nlohmann::json;

constexpr const char* kPath = "/v1/collections";

Result<std::string> PathOf(const CollectionsCommand& command) {
  VG_RETURN_IF_ERROR(CheckName("collection", command.name));
  VG_RETURN_IF_ERROR(CheckName("database", command.database));
  return fmt::format("{}/{}?database={}", kPath, command.name, command.database);
}

Status List(const CollectionsCommand& command) {
  VG_RETURN_IF_ERROR(CheckName("database", command.database));
  VG_ASSIGN_OR_RETURN(
      const HttpReply reply,
      HttpClient(command.server).Get(fmt::format("{}?database={}", kPath, command.database)));
  VG_ASSIGN_OR_RETURN(const json body, ParseReply(reply, "collections"));
  if (command.json) {
    fmt::print("{}\n", body.dump(2));
    return Ok();
  }
  fmt::print("{:<40} {:<10} {:>7} {}\n", "collection", "engine", "fields", "loaded");
  for (const json& entry : body["collections"]) {
    fmt::print("{:<40} {:<10} {:>7} {}\n", entry["name"].get<std::string>(),
               entry["engine"].get<std::string>(), entry["fields"].size(),
               entry["loaded"].get<bool>() ? "yes" : "no");
  }
  return Ok();
}

void Print(const json& body) {
  fmt::print("{} on the engine {}, {}\n", body["name"].get<std::string>(),
             body["engine"].get<std::string>(), body["loaded"].get<bool>() ? "loaded" : "released");
  if (body.contains("rows")) {
    fmt::print("{} rows\n", body["rows"].get<uint64_t>());
  } else {
    fmt::print("rows unknown: {}\n", body.value("error", ""));
  }
  for (const char* part : {"fields", "indexes"}) {
    fmt::print("{}\n", part);
    for (const json& entry : body[part]) fmt::print("  {}\n", entry.dump());
  }
  for (const auto& [name, value] : body["properties"].items()) {
    fmt::print("{} = {}\n", name, value.get<std::string>());
  }
}

Status Show(const CollectionsCommand& command) {
  VG_ASSIGN_OR_RETURN(const std::string path, PathOf(command));
  VG_ASSIGN_OR_RETURN(const HttpReply reply, HttpClient(command.server).Get(path));
  VG_ASSIGN_OR_RETURN(const json body, ParseReply(reply, command.name));
  if (command.json) {
    fmt::print("{}\n", body.dump(2));
  } else {
    Print(body);
  }
  return Ok();
}

Result<json> ReadSchema(const std::string& path) {
  VG_ASSIGN_OR_RETURN(const std::string text, ReadSmallFile(path));
  json out = json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (out.is_object()) return out;
  return InvalidArgument(path + " must hold one JSON object with fields and indexes",
                         Subject::kConfig);
}

json SimpleSchema(uint32_t dim, const std::string& metric) {
  return {
      {"enable_dynamic_field", true},
      {"fields",
       {{{"name", "id"}, {"type", "Int64"}, {"is_primary_key", true}},
        {{"name", "vector"}, {"type", "FloatVector"}, {"dim", dim}}}},
      {"indexes", {{{"field", "vector"}, {"index_type", "AUTOINDEX"}, {"metric_type", metric}}}}};
}

Result<json> RequestOf(const CollectionsCommand& command) {
  const bool has_schema = !command.schema.empty();
  const bool has_template = !command.of_template.empty();
  if ((has_schema && (has_template || command.dim > 0)) ||
      (!has_schema && !has_template && command.dim == 0)) {
    return InvalidArgument("give --dim N, --template NAME, both of them, or --schema FILE",
                           Subject::kConfig);
  }
  json body;
  if (has_schema) {
    VG_ASSIGN_OR_RETURN(body, ReadSchema(command.schema));
  } else if (has_template) {
    body["template"] = command.of_template;
    if (command.dim > 0) body["dim"] = command.dim;
  } else {
    body = SimpleSchema(command.dim, command.metric);
  }
  body["name"] = command.name;
  body["database"] = command.database;
  if (!command.engine.empty()) body["engine"] = command.engine;
  for (const std::string& property : command.properties) {
    const size_t equals = property.find('=');
    if (equals == std::string::npos || equals == 0) {
      return InvalidArgument("--property " + property + ": NAME=VALUE is allowed",
                             Subject::kConfig);
    }
    body["properties"][property.substr(0, equals)] = property.substr(equals + 1);
  }
  return body;
}

Status Create(const CollectionsCommand& command) {
  VG_ASSIGN_OR_RETURN(const json request, RequestOf(command));
  VG_ASSIGN_OR_RETURN(const HttpReply reply,
                      HttpClient(command.server).PostJson(kPath, request.dump()));
  VG_ASSIGN_OR_RETURN(const json body, ParseReply(reply, command.name));
  fmt::print("{} is made on the engine {}\n", command.name, body["engine"].get<std::string>());
  return Ok();
}

Status Drop(const CollectionsCommand& command) {
  VG_ASSIGN_OR_RETURN(const std::string path, PathOf(command));
  VG_ASSIGN_OR_RETURN(const HttpReply reply, HttpClient(command.server).Delete(path));
  VG_RETURN_IF_ERROR(ParseReply(reply, command.name));
  fmt::print("{} is dropped\n", command.name);
  return Ok();
}

}  // namespace

int RunCollectionsList(const CollectionsCommand& command) { return ExitCode(List(command)); }
int RunCollectionsShow(const CollectionsCommand& command) { return ExitCode(Show(command)); }
int RunCollectionsCreate(const CollectionsCommand& command) { return ExitCode(Create(command)); }
int RunCollectionsDrop(const CollectionsCommand& command) { return ExitCode(Drop(command)); }

}  // namespace vecgate::app
