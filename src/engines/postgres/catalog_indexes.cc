// Building and dropping indexes: what is built and what the catalog says of it change together.
#include <fmt/format.h>

#include <chrono>

#include "engines/postgres/attach.h"
#include "engines/postgres/catalog.h"
#include "engines/postgres/index_plan.h"

namespace vecgate::postgres {
namespace {

/// A million vectors take some ten minutes, and a table may hold a hundred times as many.
constexpr std::chrono::hours kLongestBuild{24};

std::string QuotedIndex(const Layout& layout, const std::string& name) {
  return TableName{layout.table.schema, name}.Quoted();
}

/// Takes away what was built for a field before.
void AddDrop(const Layout& layout, size_t field, std::vector<Statement>& statements) {
  const auto found = layout.indexes.find(field);
  if (found == layout.indexes.end()) return;
  const KnownIndex& index = found->second;
  if (index.name.empty() || index.is_foreign) return;
  statements.push_back({.sql = "DROP INDEX IF EXISTS " + QuotedIndex(layout, index.name)});
}

}  // namespace

Status Catalog::BuildIndex(const OpContext& context, Connection& connection,
                           CollectionId collection, const IndexSpec& spec) {
  VG_ASSIGN_OR_RETURN(const auto layout, Read(context, connection, collection));
  VG_ASSIGN_OR_RETURN(const IndexPlan plan, PlanIndex(layout->schema(), spec));
  KnownIndex index{.spec = spec, .name = "", .is_foreign = layout->is_attached};
  std::vector<Statement> statements = {{.sql = "BEGIN"}};
  AddDrop(*layout, spec.field, statements);
  if (!plan.method.empty() && layout->is_attached) {
    VG_ASSIGN_OR_RETURN(index.name,
                        FindForeignIndex(context, connection, *layout, spec.field, plan));
  } else if (!plan.method.empty()) {
    index.name =
        fmt::format("c_{}_f{}", ToNumber(collection), layout->schema().fields[spec.field].id);
    statements.push_back(
        {.sql = fmt::format("CREATE INDEX {} ON {} USING {} ({} {}){}", QuoteIdentifier(index.name),
                            layout->table.Quoted(), plan.method, layout->columns[spec.field],
                            plan.operator_class,
                            plan.options.empty() ? "" : " WITH (" + plan.options + ")")});
  }
  statements.push_back(NoteIndex(*layout, index));
  statements.push_back({.sql = "COMMIT"});
  const auto built = connection.Run(context, statements, kLongestBuild);
  Forget(collection);
  return built.ok() ? Ok() : Status(built.error());
}

Status Catalog::DropIndex(const OpContext& context, Connection& connection, CollectionId collection,
                          size_t field) {
  VG_ASSIGN_OR_RETURN(const auto layout, Read(context, connection, collection));
  std::vector<Statement> statements = {{.sql = "BEGIN"}};
  AddDrop(*layout, field, statements);
  statements.push_back(EraseIndex(*layout, field));
  statements.push_back({.sql = "COMMIT"});
  const auto dropped = connection.Run(context, statements);
  Forget(collection);
  return dropped.ok() ? Ok() : Status(dropped.error());
}

}  // namespace vecgate::postgres
