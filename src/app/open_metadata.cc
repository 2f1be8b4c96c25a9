#include "app/open_metadata.h"

#include <fmt/format.h>

#include <filesystem>

namespace vecgate::app {

Result<std::unique_ptr<MetadataStore>> OpenMetadata(const Config& config,
                                                    MetadataStore::Migrate migrate) {
  if (!config.metadata_url.empty()) {
    return MetadataStore::OpenPostgres(config.metadata_url, migrate);
  }
  std::error_code failed;
  std::filesystem::create_directories(config.data_dir, failed);
  if (failed) {
    return Unavailable(
        fmt::format("data directory {} cannot be made: {}", config.data_dir, failed.message()),
        Subject::kStorage);
  }
  return MetadataStore::Open(config.data_dir + "/metadata.sqlite", migrate);
}

}  // namespace vecgate::app
