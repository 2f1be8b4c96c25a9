#include "contract_driver.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace vecgate::spec {
namespace {

const Json& PayloadOf(const Directive& directive) {
  static const Json none = Json::object();
  return directive.payload.empty() ? none : directive.payload.front();
}

filter::Literal LiteralFromJson(const Json& json) {
  if (json.is_boolean()) return {json.get<bool>()};
  if (json.is_number_integer()) return {json.get<int64_t>()};
  if (json.is_number()) return {json.get<double>()};
  if (json.is_string()) return {json.get<std::string>()};
  filter::Literal::List list;
  for (const Json& item : json) list.push_back(LiteralFromJson(item));
  return {std::move(list)};
}

std::optional<float> OptionalFloat(const Json& spec, const char* name) {
  if (!spec.contains(name)) return std::nullopt;
  return spec.at(name).get<float>();
}

Result<size_t> FieldOf(const CollectionSchema& schema, const std::string& name) {
  const auto field = schema.FindField(name);
  if (!field) return InvalidArgument(fmt::format("field {} not exist", name), Subject::kField);
  return *field;
}

}  // namespace

Result<std::unique_ptr<ContractDriver>> ContractDriver::Make(Opener open) {
  std::unique_ptr<ContractDriver> driver(new ContractDriver(std::move(open)));
  VG_RETURN_IF_ERROR(driver->Open());
  return driver;
}

Status ContractDriver::Open() {
  engine_.reset();
  VG_ASSIGN_OR_RETURN(engine_, open_());
  return Ok();
}

Result<std::vector<Json>> ContractDriver::Run(const Directive& directive) {
  const std::string& verb = directive.words.front();
  if (verb == "create") return Create(directive);
  if (verb == "index") return Index(directive);
  if (verb == "partition") return AddPartition(directive);
  if (verb == "insert") return Write(directive, WriteMode::kInsert);
  if (verb == "upsert") return Write(directive, WriteMode::kUpsert);
  if (verb == "delete") return Delete(directive);
  if (verb == "query") return Query(directive);
  if (verb == "count") return Count(directive);
  if (verb == "search") return Search(directive);
  if (verb == "drop") return Drop(directive);
  if (verb == "flush") {
    VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
    VG_RETURN_IF_ERROR(engine_->Flush(context_, known->id));
    return std::vector<Json>{};
  }
  if (verb == "restart") {
    if (engine_->GetCapabilities().durable) VG_RETURN_IF_ERROR(Open());
    return std::vector<Json>{};
  }
  return InvalidArgument(fmt::format("unknown directive '{}'", verb));
}

Result<ContractDriver::Known*> ContractDriver::Find(const Directive& directive) {
  if (directive.words.size() < 2) return InvalidArgument("the directive names no collection");
  const auto found = collections_.find(directive.words[1]);
  if (found == collections_.end()) {
    return NotFound(
        fmt::format("collection not found[database=default][collection={}]", directive.words[1]),
        Subject::kCollection);
  }
  return &found->second;
}

Result<PartitionId> ContractDriver::PartitionOf(const Known& known, const std::string& name) const {
  const auto found = known.partitions.find(name);
  if (found == known.partitions.end()) {
    return NotFound(fmt::format("partition not found[partition={}]", name), Subject::kPartition);
  }
  return found->second;
}

Result<RowSelection> ContractDriver::SelectionOf(const Known& known, const Json& spec) const {
  RowSelection out;
  for (const Json& name : spec.value("partitions", Json::array())) {
    VG_ASSIGN_OR_RETURN(const PartitionId id, PartitionOf(known, name));
    out.partitions.push_back(id);
  }
  if (!spec.contains("filter")) return out;
  filter::TemplateValues values;
  const Json given = spec.value("values", Json::object());
  for (const auto& [name, value] : given.items()) {
    values.emplace(name, LiteralFromJson(value));
  }
  VG_ASSIGN_OR_RETURN(out.filter,
                      filter::Compile(spec.at("filter").get<std::string>(), known.schema, values));
  return out;
}

Result<std::vector<Json>> ContractDriver::Create(const Directive& directive) {
  const std::string& name = directive.words.at(1);
  VG_ASSIGN_OR_RETURN(CollectionSchema schema, SchemaFromSpec(name, PayloadOf(directive)));
  Known known{.id = CollectionId{next_id_++},
              .schema = std::move(schema),
              .partitions = {{"_default", PartitionId{0}}}};
  VG_RETURN_IF_ERROR(engine_->CreateCollection(context_, {known.id, known.schema}));
  collections_[name] = std::move(known);
  return std::vector<Json>{};
}

Result<std::vector<Json>> ContractDriver::Drop(const Directive& directive) {
  VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
  VG_RETURN_IF_ERROR(engine_->DropCollection(context_, known->id));
  collections_.erase(directive.words[1]);
  return std::vector<Json>{};
}

Result<std::vector<Json>> ContractDriver::Index(const Directive& directive) {
  VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
  const Json& spec = PayloadOf(directive);
  IndexSpec index;
  VG_ASSIGN_OR_RETURN(index.field, FieldOf(known->schema, spec.at("field")));
  const auto type = IndexTypeFromName(spec.value("type", ""));
  const auto metric = MetricFromName(spec.value("metric", "COSINE"));
  if (!type || !metric) return InvalidArgument("unknown index or metric in " + spec.dump());
  index.type = *type;
  index.metric = *metric;
  const Json params = spec.value("params", Json::object());
  for (const auto& [name, value] : params.items()) {
    index.params[name] = value.dump();
  }
  const Status made = engine_->CreateIndex(context_, known->id, index);
  const std::vector<IndexType> types =
      engine_->GetCapabilities().IndexesOf(known->schema.fields[index.field].type);
  if (std::find(types.begin(), types.end(), index.type) != types.end()) {
    VG_RETURN_IF_ERROR(made);
    return std::vector<Json>{};
  }
  // An index that the engine says it lacks has to be refused as that; no answer hangs on it.
  if (made.ok()) return Internal("an index was made that the capabilities do not name");
  if (directive.must_fail || made.error().code != Code::kUnimplemented ||
      made.error().subject != Subject::kIndex) {
    return made.error();
  }
  return std::vector<Json>{};
}

Result<std::vector<Json>> ContractDriver::AddPartition(const Directive& directive) {
  VG_ASSIGN_OR_RETURN(Known * known, Find(directive));
  const auto id = PartitionId{static_cast<uint32_t>(known->partitions.size())};
  known->partitions[directive.words.at(2)] = id;
  return std::vector<Json>{};
}

Result<std::vector<Json>> ContractDriver::Write(const Directive& directive, WriteMode mode) {
  VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
  const std::string partition = directive.words.size() > 2 ? directive.words[2] : "_default";
  VG_ASSIGN_OR_RETURN(const PartitionId id, PartitionOf(*known, partition));
  VG_ASSIGN_OR_RETURN(const RowBatch batch, BatchFromRows(known->schema, directive.payload, id));
  VG_RETURN_IF_ERROR(engine_->Write(context_, known->id, mode, batch));
  return std::vector<Json>{Json(batch.num_rows())};
}

Result<std::vector<Json>> ContractDriver::Delete(const Directive& directive) {
  VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
  const Json& spec = PayloadOf(directive);
  DeleteRequest request;
  VG_ASSIGN_OR_RETURN(request.selection, SelectionOf(*known, spec));
  if (directive.words.size() > 2) {
    VG_ASSIGN_OR_RETURN(const PartitionId id, PartitionOf(*known, directive.words[2]));
    request.selection.partitions.push_back(id);
  }
  for (const Json& id : spec.value("ids", Json::array())) request.keys.push_back(KeyFromJson(id));
  VG_ASSIGN_OR_RETURN(const DeleteResult result, engine_->Delete(context_, known->id, request));
  return std::vector<Json>{Json(result.deleted)};
}

Result<std::vector<Json>> ContractDriver::Query(const Directive& directive) {
  VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
  const Json& spec = PayloadOf(directive);
  QueryRequest request;
  VG_ASSIGN_OR_RETURN(request.selection, SelectionOf(*known, spec));
  if (spec.contains("ids")) {
    request.keys.emplace();
    for (const Json& id : spec.at("ids")) request.keys->push_back(KeyFromJson(id));
  }
  request.offset = spec.value("offset", uint64_t{0});
  if (spec.contains("limit")) request.limit = spec.at("limit").get<uint64_t>();
  const Output output = OutputOf(known->schema, spec.value("output", Json::array()));
  request.output_fields = output.fields;
  VG_ASSIGN_OR_RETURN(const QueryResult result, engine_->Query(context_, known->id, request));
  std::vector<Json> out;
  for (size_t row = 0; row < result.keys.num_rows(); ++row) {
    Json line = RowToJson(known->schema, output, result.columns, row);
    line[known->schema.PrimaryKeyField().name] = KeyToJson(result.keys, row);
    out.push_back(std::move(line));
  }
  return out;
}

Result<std::vector<Json>> ContractDriver::Count(const Directive& directive) {
  VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
  QueryRequest request;
  request.count_only = true;
  VG_ASSIGN_OR_RETURN(request.selection, SelectionOf(*known, PayloadOf(directive)));
  VG_ASSIGN_OR_RETURN(const QueryResult result, engine_->Query(context_, known->id, request));
  return std::vector<Json>{Json(result.count)};
}

Result<std::vector<Json>> ContractDriver::Search(const Directive& directive) {
  VG_ASSIGN_OR_RETURN(const Known* known, Find(directive));
  const Json& spec = PayloadOf(directive);
  SearchRequest request;
  VG_ASSIGN_OR_RETURN(request.field, FieldOf(known->schema, spec.value("field", "v")));
  VG_ASSIGN_OR_RETURN(request.selection, SelectionOf(*known, spec));
  const FieldSchema& field = known->schema.fields[request.field];
  request.queries = field.MakeColumn();
  for (const Json& vector : spec.at("vectors")) {
    VG_RETURN_IF_ERROR(AppendVector(field, vector, request.queries));
  }
  const auto metric = MetricFromName(spec.value("metric", "L2"));
  if (!metric) return InvalidArgument("unknown metric in " + spec.dump());
  request.metric = *metric;
  request.k = spec.value("k", 10U);
  request.offset = spec.value("offset", 0U);
  request.radius = OptionalFloat(spec, "radius");
  request.range_filter = OptionalFloat(spec, "range_filter");
  if (spec.contains("group_by")) {
    request.group_by.emplace();
    VG_ASSIGN_OR_RETURN(request.group_by->field, FieldOf(known->schema, spec.at("group_by")));
    request.group_by->group_size = spec.value("group_size", 1U);
  }
  const Output output = OutputOf(known->schema, spec.value("output", Json::array()));
  request.output_fields = output.fields;
  VG_ASSIGN_OR_RETURN(const SearchResult result, engine_->Search(context_, known->id, request));
  std::vector<Json> out;
  size_t hit = 0;
  for (size_t query = 0; query < result.hits_per_query.size(); ++query) {
    if (query > 0) out.emplace_back();
    for (uint32_t i = 0; i < result.hits_per_query[query]; ++i, ++hit) {
      Json line = RowToJson(known->schema, output, result.columns, hit);
      line[known->schema.PrimaryKeyField().name] = KeyToJson(result.keys, hit);
      line["score"] = result.scores[hit];
      out.push_back(std::move(line));
    }
  }
  return out;
}

}  // namespace vecgate::spec
