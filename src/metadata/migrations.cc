#include "metadata/migrations.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/check.h"
#include "base/checksum.h"
#include "base/clock.h"

namespace vecgate {
namespace {

struct EmbeddedFile {
  const char* name;
  const char* text;
};
constexpr EmbeddedFile kFiles[] = {
#include "embedded_migrations.inc"
};

std::vector<Migration> Load() {
  std::map<int, Migration> by_version;
  for (const EmbeddedFile& file : kFiles) {
    const std::string name = file.name;  // NNNN_name.up.sql
    const size_t dot = name.find('.');
    VG_CHECK(name.size() > 5 && name[4] == '_' && dot != std::string::npos);
    Migration& migration = by_version[std::stoi(name.substr(0, 4))];
    migration.version = std::stoi(name.substr(0, 4));
    migration.name = name.substr(5, dot - 5);
    (name.substr(dot) == ".up.sql" ? migration.up_sql : migration.down_sql) = file.text;
  }
  std::vector<Migration> out;
  for (auto& [version, migration] : by_version) {
    VG_CHECK(version == static_cast<int>(out.size()) + 1);
    VG_CHECK(!migration.up_sql.empty() && !migration.down_sql.empty());
    out.push_back(std::move(migration));
  }
  return out;
}

// A database runs one statement at a time; our files hold no ';' inside of a statement or a
// comment's line end, which the test of this folder checks by running them.
void RunScript(const MetadataStore& store, soci::session& sql, const std::string& script) {
  std::string statement;
  size_t at = 0;
  while (at < script.size()) {
    const size_t end = std::min(script.find('\n', at), script.size());
    std::string line = script.substr(at, end - at);
    at = end + 1;
    line = line.substr(0, line.find("--"));
    statement += line + "\n";
    const size_t last = line.find_last_not_of(" \t\r");
    if (last != std::string::npos && line[last] == ';') {
      sql << store.InDialect(statement);
      statement.clear();
    }
  }
}

struct Applied {
  std::string checksum;
  int64_t applied_ms = 0;
};

Result<std::map<int, Applied>> ReadApplied(MetadataStore& store) {
  return store.Read<std::map<int, Applied>>([&](soci::session& sql)
                                                -> Result<std::map<int, Applied>> {
    sql << store.InDialect(
        "CREATE TABLE IF NOT EXISTS schema_migrations (version INTEGER PRIMARY KEY, "
        "name TEXT NOT NULL, checksum TEXT NOT NULL, applied_ms INTEGER NOT NULL)");
    std::map<int, Applied> out;
    const soci::rowset<soci::row> rows =
        (sql.prepare << "SELECT version || '', checksum, applied_ms || '' FROM schema_migrations");
    for (const soci::row& row : rows) {
      out[std::stoi(row.get<std::string>(0))] = {row.get<std::string>(1),
                                                 std::stoll(row.get<std::string>(2))};
    }
    return out;
  });
}

std::string ChecksumOf(const Migration& migration) { return Sha256Hex(migration.up_sql); }

}  // namespace

const std::vector<Migration>& AllMigrations() {
  static const std::vector<Migration> migrations = Load();
  return migrations;
}

Result<std::vector<MigrationStatus>> GetMigrationStatus(MetadataStore& store) {
  VG_ASSIGN_OR_RETURN(const auto applied, ReadApplied(store));
  std::vector<MigrationStatus> out;
  for (const Migration& migration : AllMigrations()) {
    const auto found = applied.find(migration.version);
    const bool is_applied = found != applied.end();
    out.push_back(
        {migration.version, migration.name, is_applied, is_applied ? found->second.applied_ms : 0});
  }
  return out;
}

Result<int> MigrateUp(MetadataStore& store, int target) {
  VG_ASSIGN_OR_RETURN(const auto applied, ReadApplied(store));
  int steps = 0;
  for (const Migration& migration : AllMigrations()) {
    if (applied.contains(migration.version) || (target > 0 && migration.version > target)) continue;
    const Status status = store.WithTransaction([&](soci::session& sql) -> Status {
      RunScript(store, sql, migration.up_sql);
      const std::string checksum = ChecksumOf(migration);
      const long long now = SystemClock().UnixMillis();
      sql << "INSERT INTO schema_migrations (version, name, checksum, applied_ms) "
             "VALUES (:v, :n, :c, :t)",
          soci::use(migration.version), soci::use(migration.name), soci::use(checksum),
          soci::use(now);
      return Ok();
    });
    if (!status.ok()) return status.error().Within("migration " + migration.name + " up");
    ++steps;
  }
  return steps;
}

Result<int> MigrateDown(MetadataStore& store, int target) {
  VG_ASSIGN_OR_RETURN(const auto applied, ReadApplied(store));
  int steps = 0;
  const std::vector<Migration>& all = AllMigrations();
  for (auto migration = all.rbegin(); migration != all.rend(); ++migration) {
    if (migration->version <= target || !applied.contains(migration->version)) continue;
    const Status status = store.WithTransaction([&](soci::session& sql) -> Status {
      RunScript(store, sql, migration->down_sql);
      sql << "DELETE FROM schema_migrations WHERE version = :v", soci::use(migration->version);
      return Ok();
    });
    if (!status.ok()) return status.error().Within("migration " + migration->name + " down");
    ++steps;
  }
  return steps;
}

Status ValidateSchema(MetadataStore& store) {
  VG_ASSIGN_OR_RETURN(const auto applied, ReadApplied(store));
  for (const Migration& migration : AllMigrations()) {
    const auto found = applied.find(migration.version);
    if (found == applied.end()) {
      return FailedPrecondition("the metadata schema lacks migration " +
                                    std::to_string(migration.version) + " (" + migration.name +
                                    "); run: vecgate migrate up",
                                Subject::kConfig);
    }
    if (found->second.checksum != ChecksumOf(migration)) {
      return FailedPrecondition(
          "migration " + std::to_string(migration.version) + " (" + migration.name +
              ") was applied with another text than this program's; restore a backup, or with the "
              "program that made it run: vecgate migrate down, then with this one: vecgate migrate "
              "up",
          Subject::kConfig);
    }
  }
  const int newest = AllMigrations().back().version;
  if (!applied.empty() && applied.rbegin()->first > newest) {
    return FailedPrecondition("the metadata schema is at version " +
                                  std::to_string(applied.rbegin()->first) +
                                  ", newer than this program knows (" + std::to_string(newest) +
                                  "); run a newer vecgate, or with it: vecgate migrate down",
                              Subject::kConfig);
  }
  return Ok();
}

}  // namespace vecgate
