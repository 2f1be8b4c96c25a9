// Migrations: the numbered steps between versions of the metadata schema.
//
// Their text is migrations/NNNN_name.{up,down}.sql, compiled in. Which were applied stands in the
// table schema_migrations, with a checksum of the text, so that an edited migration is noticed.
// Each step is one transaction.
//
// Thread safety: through MetadataStore.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "metadata/metadata_store.h"

namespace vecgate {

struct Migration {
  int version = 0;
  std::string name;
  std::string up_sql;
  std::string down_sql;
};

/// All that are compiled in, by version, from 1 without gaps.
const std::vector<Migration>& AllMigrations();

struct MigrationStatus {
  int version = 0;
  std::string name;
  bool applied = false;
  /// Unix milliseconds; 0 when not applied.
  int64_t applied_ms = 0;
};

Result<std::vector<MigrationStatus>> GetMigrationStatus(MetadataStore& store);
/// Applies what is missing up to `target` (0: all). Returns how many steps were taken.
Result<int> MigrateUp(MetadataStore& store, int target = 0);
/// Undoes steps until `target` is the newest applied one. Returns how many steps were taken. Data
/// in dropped tables is lost.
Result<int> MigrateDown(MetadataStore& store, int target);
/// kFailedPrecondition, with the command that mends it, unless exactly AllMigrations() are applied.
Status ValidateSchema(MetadataStore& store);

}  // namespace vecgate
