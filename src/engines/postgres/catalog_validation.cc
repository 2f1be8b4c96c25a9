// What has to be true of a database before the engine serves from it, and the words for what is
// not.
#include <fmt/format.h>

#include <charconv>

#include "engines/postgres/catalog.h"
#include "engines/postgres/sql_state.h"
#include "engines/postgres/values.h"

namespace vecgate::postgres {
namespace {

constexpr int kOldestServer = 130000;
/// Iterative index scans came with it.
constexpr int kOldestPgvector[] = {0, 8};
constexpr int64_t kFormat = 1;
/// Gateways that start together make the catalog one after the other. Any fixed number.
constexpr int64_t kMakingLock = 0x7665636761746501;

Error ToMend(std::string message) {
  return FailedPrecondition(std::move(message), Subject::kConfig);
}

/// "0.8.5" → 0 and 8.
bool IsOlder(const std::string& version, const int (&wanted)[2]) {
  int parts[2] = {0, 0};
  const char* at = version.data();
  const char* const end = at + version.size();
  for (int& part : parts) {
    const auto parsed = std::from_chars(at, end, part);
    at = parsed.ptr == end ? end : parsed.ptr + 1;
  }
  return parts[0] != wanted[0] ? parts[0] < wanted[0] : parts[1] < wanted[1];
}

Error MayNotRead(const Connection& connection, const std::string& schema, const Error& why) {
  return ToMend(fmt::format(
      "this role may not read the catalog in {0}: {1}. Let its owner run: GRANT ALL ON SCHEMA {2} "
      "TO <this role>; GRANT ALL ON ALL TABLES IN SCHEMA {2} TO <this role>; GRANT ALL ON ALL "
      "SEQUENCES IN SCHEMA {2} TO <this role>;",
      connection.ServerName(), why.message, QuoteIdentifier(schema)));
}

}  // namespace

Status Catalog::Validate(const OpContext& context, Connection& connection) const {
  VG_RETURN_IF_ERROR(CheckServer(context, connection));
  VG_RETURN_IF_ERROR(CheckExtension(context, connection));
  const Statement exists{.sql = "SELECT to_regclass($1::text) IS NOT NULL",
                         .parameters = {TextParameter(Table("format"))}};
  const auto found = connection.Run(context, exists);
  if (!found.ok()) {
    const bool no_rights = connection.last_state() == state::kNoRights;
    return no_rights ? MayNotRead(connection, schema_, found.error()) : found.error();
  }
  if (!found->Bool(0, 0)) {
    const Status made = MakeTables(context, connection);
    if (!made.ok() && connection.last_state() == state::kNoRights) {
      return ToMend(fmt::format(
          "{} has no catalog of vecgate yet, and this role may not make it: {}. Let an owner of "
          "the database run: CREATE SCHEMA {} AUTHORIZATION <this role>;",
          connection.ServerName(), made.error().message, QuoteIdentifier(schema_)));
    }
    VG_RETURN_IF_ERROR(made);
  }
  return CheckFormat(context, connection);
}

Status Catalog::CheckServer(const OpContext& context, Connection& connection) const {
  if (connection.server_version() < kOldestServer) {
    return ToMend(fmt::format("{} runs PostgreSQL {}; version {} or newer is wanted",
                              connection.ServerName(), connection.server_version() / 10000,
                              kOldestServer / 10000));
  }
  VG_ASSIGN_OR_RETURN(
      const Rows encoding,
      connection.Run(context, Statement{.sql = "SELECT current_setting('server_encoding')"}));
  if (encoding.Text(0, 0) == "UTF8") return Ok();
  return ToMend(fmt::format(
      "{} is encoded in {}; UTF8 is wanted: CREATE DATABASE <name> ENCODING 'UTF8' TEMPLATE "
      "template0;",
      connection.ServerName(), encoding.Text(0, 0)));
}

Status Catalog::CheckExtension(const OpContext& context, Connection& connection) const {
  const Statement ask{.sql = "SELECT extversion FROM pg_extension WHERE extname = 'vector'"};
  VG_ASSIGN_OR_RETURN(Rows found, connection.Run(context, ask));
  if (found.size() == 0) {
    const auto made =
        connection.Run(context, Statement{.sql = "CREATE EXTENSION IF NOT EXISTS vector"});
    // Another gateway may have been first, which two CREATE EXTENSION at once tell by a collision.
    VG_ASSIGN_OR_RETURN(found, connection.Run(context, ask));
    if (found.size() == 0) {
      return ToMend(fmt::format(
          "{} lacks the extension pgvector, and it could not be created: {}. Install pgvector 0.8 "
          "or newer on the server, then let a superuser run in this database: CREATE EXTENSION "
          "vector;",
          connection.ServerName(), made.ok() ? "it vanished" : made.error().message));
    }
  }
  if (!IsOlder(found.Text(0, 0), kOldestPgvector)) return Ok();
  return ToMend(fmt::format(
      "{} has pgvector {}; 0.8 or newer is wanted: install it on the server, then run in this "
      "database: ALTER EXTENSION vector UPDATE;",
      connection.ServerName(), found.Text(0, 0)));
}

Status Catalog::MakeTables(const OpContext& context, Connection& connection) const {
  const std::vector<Statement> statements = {
      {.sql = "BEGIN"},
      {.sql = "SELECT pg_advisory_xact_lock($1::bigint)",
       .parameters = {IntParameter(kMakingLock)}},
      // Asked by name first, because IF NOT EXISTS wants the right to create even when it exists.
      {.sql = "SELECT to_regnamespace($1::text) IS NOT NULL",
       .parameters = {TextParameter(QuoteIdentifier(schema_))}}};
  VG_ASSIGN_OR_RETURN(const std::vector<Rows> rows, connection.Run(context, statements));
  std::vector<Statement> making;
  if (!rows.back().Bool(0, 0)) {
    making.push_back({.sql = "CREATE SCHEMA " + QuoteIdentifier(schema_)});
  }
  making.push_back({.sql = fmt::format("CREATE TABLE IF NOT EXISTS {} (version bigint NOT NULL)",
                                       Table("format"))});
  making.push_back({.sql = fmt::format("CREATE TABLE IF NOT EXISTS {} (id bigint PRIMARY KEY, spec "
                                       "text NOT NULL, properties text NOT NULL)",
                                       Table("collections"))});
  making.push_back(
      {.sql = fmt::format("CREATE TABLE IF NOT EXISTS {} (collection bigint NOT NULL REFERENCES {} "
                          "ON DELETE CASCADE, field bigint NOT NULL, spec text NOT NULL, name text "
                          "NOT NULL, is_foreign boolean NOT NULL, PRIMARY KEY (collection, field))",
                          Table("indexes"), Table("collections"))});
  making.push_back({.sql = "CREATE SEQUENCE IF NOT EXISTS " + Table("write_sequence")});
  making.push_back({.sql = fmt::format("INSERT INTO {0} SELECT $1::bigint WHERE NOT EXISTS "
                                       "(SELECT FROM {0})",
                                       Table("format")),
                    .parameters = {IntParameter(kFormat)}});
  making.push_back({.sql = "COMMIT"});
  const auto made = connection.Run(context, making);
  return made.ok() ? Ok() : Status(made.error());
}

Status Catalog::CheckFormat(const OpContext& context, Connection& connection) const {
  const Statement ask{.sql = fmt::format("SELECT version FROM {}", Table("format"))};
  const auto found = connection.Run(context, ask);
  if (!found.ok() && connection.last_state() == state::kNoRights) {
    return MayNotRead(connection, schema_, found.error());
  }
  if (!found.ok()) return found.error();
  if (found->size() == 1 && found->Int(0, 0) == kFormat) return Ok();
  return ToMend(fmt::format(
      "the catalog in schema {} of {} is of format {}, this program has format {}: use the "
      "program that made it, or another postgres.schema",
      QuoteIdentifier(schema_), connection.ServerName(),
      found->size() == 0 ? "unknown" : std::to_string(found->Int(0, 0)), kFormat));
}

}  // namespace vecgate::postgres
