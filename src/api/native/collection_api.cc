#include "api/native/collection_api.h"

#include "api/native/field_json.h"
#include "api/native/handler.h"
#include "api/native/json_fields.h"
#include "model/collection_templates.h"

namespace vecgate {
namespace {

using gateway::CollectionInfo;
using gateway::CollectionPtr;
using gateway::CreateCollectionOptions;
using gateway::CreateIndexOptions;
using gateway::Gateway;
using nlohmann::json;

json Describe(const CollectionInfo& info) {
  json fields = json::array();
  for (const FieldSchema& field : info.schema.fields) {
    if (!field.is_dynamic) fields.push_back(FieldToJson(field));
  }
  json indexes = json::array();
  for (const gateway::IndexInfo& index : info.indexes) {
    json entry = index.given_params;
    entry["name"] = index.name;
    entry["field"] = info.schema.fields[index.spec.field].name;
    indexes.push_back(std::move(entry));
  }
  json partitions = json::array();
  for (const gateway::PartitionInfo& partition : info.partitions) {
    partitions.push_back(partition.name);
  }
  return {{"name", info.name},
          {"id", ToNumber(info.id)},
          {"database", info.database},
          {"engine", info.engine},
          {"description", info.schema.description},
          {"enable_dynamic_field", info.schema.enable_dynamic_field},
          {"fields", std::move(fields)},
          {"indexes", std::move(indexes)},
          {"partitions", std::move(partitions)},
          {"properties", info.properties},
          {"aliases", info.aliases},
          {"loaded", info.loaded}};
}

Result<std::map<std::string, std::string>> Texts(const json& object, const std::string& what) {
  std::map<std::string, std::string> out;
  for (const auto& [name, value] : object.items()) {
    if (value.is_string()) {
      out[name] = value.get<std::string>();
    } else if (value.is_number() || value.is_boolean()) {
      out[name] = value.dump();
    } else {
      return InvalidArgument(what + "." + name + " must be a text, a number, true or false, not " +
                             value.type_name());
    }
  }
  return out;
}

/// What a request to make a collection says.
struct Wanted {
  CreateCollectionOptions collection;
  std::vector<CreateIndexOptions> indexes;
};

Status ReadIndexes(const json& list, Wanted& out) {
  for (const json& entry : list) {
    if (!entry.is_object()) return InvalidArgument("each of indexes must be a JSON object");
    CreateIndexOptions index;
    VG_ASSIGN_OR_RETURN(index.params, Texts(entry, "index"));
    index.field = index.params["field"];
    index.index_name = index.params["name"];
    if (index.field.empty()) return InvalidArgument("an index names no field");
    index.params.erase("field");
    index.params.erase("name");
    out.indexes.push_back(std::move(index));
  }
  return Ok();
}

/// Fields and indexes of a template, under the name and description that were asked for.
Status TakeTemplate(const std::string& name, uint32_t dim, Wanted& out) {
  VG_ASSIGN_OR_RETURN(CollectionTemplate found, FindCollectionTemplate(name, dim));
  CollectionSchema& schema = out.collection.schema;
  schema.fields = std::move(found.schema.fields);
  if (schema.description.empty()) schema.description = found.schema.description;
  for (const TemplateIndex& index : found.indexes) {
    CreateIndexOptions options{.field = index.field, .index_name = "", .params = index.params};
    options.params["index_type"] = IndexTypeName(index.type);
    options.params["metric_type"] = MetricName(index.metric);
    out.indexes.push_back(std::move(options));
  }
  return Ok();
}

Result<Wanted> ReadWanted(JsonFields& in) {
  Wanted out;
  CollectionSchema& schema = out.collection.schema;
  VG_ASSIGN_OR_RETURN(const auto name, in.Text("name"));
  if (!name) return InvalidArgument("name is missing: the collection's", Subject::kCollection);
  VG_ASSIGN_OR_RETURN(const auto database, in.Text("database"));
  VG_ASSIGN_OR_RETURN(const auto description, in.Text("description"));
  VG_ASSIGN_OR_RETURN(const auto dynamic, in.Flag("enable_dynamic_field"));
  VG_ASSIGN_OR_RETURN(const auto partitions, in.Count("num_partitions"));
  VG_ASSIGN_OR_RETURN(const auto properties, in.Object("properties"));
  VG_ASSIGN_OR_RETURN(const auto engine, in.Text("engine"));
  VG_ASSIGN_OR_RETURN(const auto of_template, in.Text("template"));
  VG_ASSIGN_OR_RETURN(const auto dim, in.Count("dim"));
  VG_ASSIGN_OR_RETURN(const auto fields, in.List("fields"));
  VG_ASSIGN_OR_RETURN(const auto indexes, in.List("indexes"));
  VG_RETURN_IF_ERROR(in.CheckAllUsed());
  schema.name = *name;
  schema.description = description.value_or("");
  schema.enable_dynamic_field = dynamic.value_or(false);
  out.collection.database = database.value_or(std::string(gateway::kDefaultDatabase));
  out.collection.num_partitions = partitions.value_or(0);
  if (properties) {
    VG_ASSIGN_OR_RETURN(out.collection.properties, Texts(*properties, "properties"));
  }
  if (engine) out.collection.properties[gateway::kEngineProperty] = *engine;
  if (of_template) {
    if (fields || indexes) {
      return InvalidArgument("template is given with fields or indexes: it has its own",
                             Subject::kCollection);
    }
    VG_RETURN_IF_ERROR(TakeTemplate(*of_template, static_cast<uint32_t>(dim.value_or(0)), out));
  } else if (dim) {
    return InvalidArgument("dim is given without template: it belongs to a field",
                           Subject::kCollection);
  }
  for (const json& field : fields.value_or(json::array())) {
    VG_ASSIGN_OR_RETURN(FieldSchema parsed, FieldFromJson(field));
    schema.fields.push_back(std::move(parsed));
  }
  VG_RETURN_IF_ERROR(ReadIndexes(indexes.value_or(json::array()), out));
  return out;
}

Status MakeIndexes(Gateway& gateway, const OpContext& context, const Wanted& wanted) {
  const std::string& database = wanted.collection.database;
  const std::string& name = wanted.collection.schema.name;
  for (const CreateIndexOptions& index : wanted.indexes) {
    VG_RETURN_IF_ERROR(gateway.catalog().CreateIndex(context, database, name, index));
  }
  return wanted.indexes.empty() ? Ok() : gateway.catalog().Load(database, name);
}

Result<HttpResponse> ListCollections(Gateway& gateway, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const std::vector<CollectionPtr> found,
                      gateway.catalog().ListCollections(DatabaseOf(request)));
  json out = json::array();
  for (const CollectionPtr& info : found) out.push_back(Describe(*info));
  return JsonResponse(200, {{"collections", std::move(out)}});
}

Result<HttpResponse> PostCollection(Gateway& gateway, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Parse(request.body));
  VG_ASSIGN_OR_RETURN(const Wanted wanted, ReadWanted(fields));
  gateway::Catalog& catalog = gateway.catalog();
  const std::string& database = wanted.collection.database;
  const std::string& name = wanted.collection.schema.name;
  if (catalog.Resolve(database, name).ok()) {
    return AlreadyExists("collection " + name + " exists in database " + database,
                         Subject::kCollection);
  }
  VG_RETURN_IF_ERROR(catalog.CreateCollection(request.context, wanted.collection));
  if (const Status made = MakeIndexes(gateway, request.context, wanted); !made.ok()) {
    VG_RETURN_IF_ERROR(catalog.DropCollection(request.context, database, name));
    return made.error();
  }
  VG_ASSIGN_OR_RETURN(const CollectionPtr info, catalog.Resolve(database, name));
  return JsonResponse(201, Describe(*info));
}

Result<HttpResponse> GetCollection(Gateway& gateway, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const CollectionPtr info, CollectionOf(gateway, request));
  json out = Describe(*info);
  const Result<CollectionStats> stats = gateway.Stats(request.context, *info);
  // An engine that is away has no numbers; the collection is described all the same.
  if (stats.ok()) {
    out["rows"] = stats->rows;
  } else {
    out["error"] = stats.error().message;
  }
  return JsonResponse(200, out);
}

Result<HttpResponse> DeleteCollection(Gateway& gateway, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const CollectionPtr info, CollectionOf(gateway, request));
  VG_RETURN_IF_ERROR(gateway.catalog().DropCollection(request.context, DatabaseOf(request),
                                                      request.parameters.at("collection")));
  HttpResponse response;
  response.status = 204;
  return response;
}

}  // namespace

std::string DatabaseOf(const HttpRequest& request) {
  const auto at = request.query.find("database");
  return at == request.query.end() ? std::string(gateway::kDefaultDatabase) : at->second;
}

Result<CollectionPtr> CollectionOf(Gateway& gateway, const HttpRequest& request) {
  return gateway.catalog().Resolve(DatabaseOf(request), request.parameters.at("collection"));
}

void AddCollectionRoutes(Router& router, Gateway& gateway) {
  const auto add = [&](const char* method, const char* pattern, auto* call) {
    // An engine may build an index on what is there before it answers.
    router.Add({.method = method,
                .pattern = pattern,
                .handler = HandlerOf<Gateway>(gateway, call),
                .timeout = std::chrono::minutes(10)});
  };
  add("GET", "/v1/collections", ListCollections);
  add("POST", "/v1/collections", PostCollection);
  add("GET", "/v1/collections/{collection}", GetCollection);
  add("DELETE", "/v1/collections/{collection}", DeleteCollection);
}

}  // namespace vecgate
