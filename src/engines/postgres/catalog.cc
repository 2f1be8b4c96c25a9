#include "engines/postgres/catalog.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <utility>

#include "engines/postgres/sql_state.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds kTrusted{5};

std::string IndexToJson(const IndexSpec& spec) {
  return Json{{"type", IndexTypeName(spec.type)},
              {"metric", MetricName(spec.metric)},
              {"params", spec.params}}
      .dump();
}

Error BadCatalog(std::string_view what) {
  return DataLoss(fmt::format("the catalog in PostgreSQL has {} that is not understood", what),
                  Subject::kConfig);
}

Result<IndexSpec> IndexFromJson(size_t field, const std::string& text) {
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object()) return BadCatalog("an index");
  const auto type = IndexTypeFromName(json.value("type", "?"));
  const auto metric = MetricFromName(json.value("metric", "?"));
  if (!type || !metric) return BadCatalog("an index");
  IndexSpec out{.field = field, .type = *type, .metric = *metric, .params = {}};
  const Json params = json.value("params", Json::object());
  for (const auto& [name, value] : params.items()) {
    if (value.is_string()) out.params[name] = value.get<std::string>();
  }
  return out;
}

Result<CollectionSpec> SpecOf(const Rows& rows, size_t row) {
  CollectionSpec out;
  out.id = CollectionId{static_cast<uint64_t>(rows.Int(row, 0))};
  VG_ASSIGN_OR_RETURN(out.schema, SchemaFromJson(rows.Bytes(row, 1)));
  const Json properties = Json::parse(rows.Text(row, 2), nullptr, false);
  if (!properties.is_object()) return BadCatalog("a collection's properties");
  for (const auto& [name, value] : properties.items()) {
    if (value.is_string()) out.properties[name] = value.get<std::string>();
  }
  return out;
}

Parameter IdParameter(CollectionId id) { return IntParameter(static_cast<int64_t>(ToNumber(id))); }

}  // namespace

Error NoSuchCollection(CollectionId collection) {
  return NotFound(fmt::format("collection {} does not exist in this engine", ToNumber(collection)),
                  Subject::kCollection);
}

Result<std::vector<CollectionSpec>> Catalog::List(const OpContext& context,
                                                  Connection& connection) const {
  VG_ASSIGN_OR_RETURN(
      const Rows rows,
      connection.Run(context, Statement{.sql = fmt::format("SELECT id, spec, properties FROM {} "
                                                           "ORDER BY id",
                                                           Table("collections"))}));
  std::vector<CollectionSpec> out;
  for (size_t row = 0; row < rows.size(); ++row) {
    VG_ASSIGN_OR_RETURN(CollectionSpec spec, SpecOf(rows, row));
    out.push_back(std::move(spec));
  }
  return out;
}

Status Catalog::Create(const OpContext& context, Connection& connection, const Layout& layout) {
  const CollectionId id = layout.spec.id;
  std::vector<Statement> statements = {
      {.sql = "BEGIN"},
      {.sql = fmt::format("INSERT INTO {} (id, spec, properties) VALUES ($1, $2, $3)",
                          Table("collections")),
       .parameters = {IdParameter(id), TextParameter(SchemaToJson(layout.schema())),
                      TextParameter(Json(layout.spec.properties).dump())}}};
  if (!layout.is_attached) {
    for (std::string& sql : CreateTableSql(layout)) statements.push_back({.sql = std::move(sql)});
  }
  statements.push_back({.sql = "COMMIT"});
  const auto made = connection.Run(context, statements);
  Forget(id);
  if (made.ok()) return Ok();
  const std::string& why = connection.last_state();
  if (why == state::kUniqueViolation || why == state::kDuplicateTable) {
    return AlreadyExists(fmt::format("collection {} exists already", ToNumber(id)),
                         Subject::kCollection);
  }
  return made.error();
}

Status Catalog::Drop(const OpContext& context, Connection& connection, CollectionId collection) {
  const auto layout = Read(context, connection, collection);
  if (!layout.ok()) return layout.error().code == Code::kNotFound ? Ok() : Status(layout.error());
  std::vector<Statement> statements = {
      {.sql = "BEGIN"},
      {.sql = fmt::format("DELETE FROM {} WHERE id = $1", Table("collections")),
       .parameters = {IdParameter(collection)}}};
  if (!(*layout)->is_attached) {
    statements.push_back({.sql = "DROP TABLE IF EXISTS " + (*layout)->table.Quoted()});
  }
  statements.push_back({.sql = "COMMIT"});
  const auto dropped = connection.Run(context, statements);
  Forget(collection);
  return dropped.ok() ? Ok() : Status(dropped.error());
}

Result<std::shared_ptr<const Layout>> Catalog::Find(const OpContext& context,
                                                    Connection& connection,
                                                    CollectionId collection) {
  {
    const auto known = known_.LockShared();
    const auto found = known->find(collection);
    if (found != known->end() && std::chrono::steady_clock::now() - found->second.read < kTrusted) {
      return found->second.layout;
    }
  }
  return Read(context, connection, collection);
}

Result<std::shared_ptr<const Layout>> Catalog::Read(const OpContext& context,
                                                    Connection& connection,
                                                    CollectionId collection) {
  const auto read = std::chrono::steady_clock::now();
  const std::vector<Statement> statements = {
      {.sql = fmt::format("SELECT id, spec, properties FROM {} WHERE id = $1::bigint",
                          Table("collections")),
       .parameters = {IdParameter(collection)},
       .reuse = Statement::Reuse::kPrepared},
      {.sql = fmt::format("SELECT field, spec, name, is_foreign FROM {} WHERE collection = "
                          "$1::bigint",
                          Table("indexes")),
       .parameters = {IdParameter(collection)},
       .reuse = Statement::Reuse::kPrepared}};
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> rows, connection.Run(context, statements));
  if (rows[0].size() == 0) {
    Forget(collection);
    return NoSuchCollection(collection);
  }
  VG_ASSIGN_OR_RETURN(const CollectionSpec spec, SpecOf(rows[0], 0));
  VG_ASSIGN_OR_RETURN(Layout layout, LayOut(spec, schema_));
  for (size_t row = 0; row < rows[1].size(); ++row) {
    const auto field = static_cast<size_t>(rows[1].Int(row, 0));
    VG_ASSIGN_OR_RETURN(IndexSpec index, IndexFromJson(field, rows[1].Text(row, 1)));
    layout.indexes[field] = {std::move(index), rows[1].Text(row, 2), rows[1].Bool(row, 3)};
  }
  auto out = std::make_shared<const Layout>(std::move(layout));
  (*known_.Lock())[collection] = {out, read};
  return out;
}

Statement Catalog::NoteIndex(const Layout& layout, const KnownIndex& index) const {
  return {.sql = fmt::format("INSERT INTO {} (collection, field, spec, name, is_foreign) VALUES "
                             "($1, $2, $3, $4, $5) ON CONFLICT (collection, field) DO UPDATE SET "
                             "spec = excluded.spec, name = excluded.name, "
                             "is_foreign = excluded.is_foreign",
                             Table("indexes")),
          .parameters = {IdParameter(layout.spec.id),
                         IntParameter(static_cast<int64_t>(index.spec.field)),
                         TextParameter(IndexToJson(index.spec)), TextParameter(index.name),
                         TextParameter(index.is_foreign ? "true" : "false")}};
}

Statement Catalog::EraseIndex(const Layout& layout, size_t field) const {
  return {
      .sql = fmt::format("DELETE FROM {} WHERE collection = $1 AND field = $2", Table("indexes")),
      .parameters = {IdParameter(layout.spec.id), IntParameter(static_cast<int64_t>(field))}};
}

Statement Catalog::NextSequence() const {
  return {.sql = "SELECT nextval($1::text::regclass)",
          .parameters = {TextParameter(Table("write_sequence"))},
          .reuse = Statement::Reuse::kPrepared};
}

}  // namespace vecgate::postgres
