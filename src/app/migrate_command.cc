#include <fmt/format.h>

#include "app/commands.h"
#include "app/open_metadata.h"
#include "metadata/migrations.h"

namespace vecgate::app {
namespace {

Status PrintStatus(MetadataStore& store) {
  VG_ASSIGN_OR_RETURN(const std::vector<MigrationStatus> steps, GetMigrationStatus(store));
  for (const MigrationStatus& step : steps) {
    fmt::print("{:04} {:<20} {}\n", step.version, step.name,
               step.applied ? "applied" : "not applied");
  }
  return Ok();
}

Result<int> NewestApplied(MetadataStore& store) {
  VG_ASSIGN_OR_RETURN(const std::vector<MigrationStatus> steps, GetMigrationStatus(store));
  int newest = 0;
  for (const MigrationStatus& step : steps)
    newest = step.applied ? std::max(newest, step.version) : newest;
  return newest;
}

Status Migrate(const Config& config, const MigrateCommand& command) {
  VG_ASSIGN_OR_RETURN(const auto store, OpenMetadata(config, MetadataStore::Migrate::kNever));
  if (command.direction == "status") return PrintStatus(*store);
  if (command.direction == "up") {
    VG_ASSIGN_OR_RETURN(const int steps, MigrateUp(*store, std::max(0, command.target)));
    fmt::print("{} migrations applied\n", steps);
    return PrintStatus(*store);
  }
  VG_ASSIGN_OR_RETURN(const int newest, NewestApplied(*store));
  const int target = command.target >= 0 ? command.target : std::max(0, newest - 1);
  VG_ASSIGN_OR_RETURN(const int steps, MigrateDown(*store, target));
  fmt::print("{} migrations undone\n", steps);
  return PrintStatus(*store);
}

}  // namespace

int RunMigrate(const Config& config, const MigrateCommand& command) {
  return ExitCode(Migrate(config, command));
}

}  // namespace vecgate::app
