#include <fmt/format.h>

#include "engines/postgres/read.h"
#include "engines/postgres/selection.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

Statement QueryStatement(const Layout& layout, const QueryRequest& request, const Wanted& wanted) {
  SqlBuilder builder;
  std::string where = ConditionOf(layout, wanted, builder).sql;
  if (request.after_key) {
    const FieldSchema& key = layout.schema().PrimaryKeyField();
    // As an array of one, so that keys have one way to the server.
    where += fmt::format(" AND {} > ({}::{}[])[1]", layout.KeyOrder(),
                         builder.Add(KeysParameter(key, std::span(&*request.after_key, 1))),
                         SqlType(key));
  }
  std::string columns = "count(*)";
  std::string page;
  if (!request.count_only) {
    columns = layout.Read(layout.schema().PrimaryKeyIndex());
    for (const size_t field : request.output_fields) columns += ", " + layout.Read(field);
    page = fmt::format(" ORDER BY {} OFFSET {}", layout.KeyOrder(), request.offset);
    if (request.limit) page += fmt::format(" LIMIT {}", *request.limit);
  }
  return {.sql = fmt::format("SELECT {} FROM {} WHERE {}{}", columns, layout.table.Quoted(), where,
                             page),
          .parameters = builder.TakeParameters()};
}

Result<QueryResult> ReadRows(const Layout& layout, const QueryRequest& request, const Rows& rows) {
  const CollectionSchema& schema = layout.schema();
  const FieldSchema& key = schema.PrimaryKeyField();
  QueryResult out;
  out.keys = key.MakeColumn();
  if (request.count_only) {
    out.count = static_cast<uint64_t>(rows.Int(0, 0));
    return out;
  }
  out.count = rows.size();
  for (const size_t field : request.output_fields) {
    out.columns.push_back(schema.fields[field].MakeColumn());
  }
  for (size_t row = 0; row < rows.size(); ++row) {
    VG_RETURN_IF_ERROR(ReadValue(key, rows, row, 0, out.keys));
    for (size_t i = 0; i < out.columns.size(); ++i) {
      const FieldSchema& field = schema.fields[request.output_fields[i]];
      VG_RETURN_IF_ERROR(ReadValue(field, rows, row, i + 1, out.columns[i]));
    }
  }
  return out;
}

}  // namespace

Result<QueryResult> QueryRows(const OpContext& context, Connection& connection,
                              const Layout& layout, const QueryRequest& request) {
  Wanted wanted{.selection = request.selection, .keys = request.keys};
  if (IsExact(layout, wanted)) {
    VG_ASSIGN_OR_RETURN(const Rows rows,
                        connection.Run(context, QueryStatement(layout, request, wanted)));
    return ReadRows(layout, request, rows);
  }
  const auto begun =
      connection.Run(context, Statement{.sql = "BEGIN ISOLATION LEVEL REPEATABLE READ"});
  if (!begun.ok()) return begun.error();
  VG_ASSIGN_OR_RETURN(wanted, MakeExact(context, connection, layout, std::move(wanted), ""));
  const std::vector<Statement> statements = {QueryStatement(layout, request, wanted),
                                             {.sql = "COMMIT"}};
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> rows, connection.Run(context, statements));
  return ReadRows(layout, request, rows.front());
}

}  // namespace vecgate::postgres
