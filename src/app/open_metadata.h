// Where the configuration keeps metadata, opened.
#pragma once

#include <memory>

#include "app/config.h"
#include "metadata/metadata_store.h"

namespace vecgate::app {

/// In PostgreSQL by metadata.url, else in the data directory, which is made when it is not there.
Result<std::unique_ptr<MetadataStore>> OpenMetadata(const Config& config,
                                                    MetadataStore::Migrate migrate);

}  // namespace vecgate::app
