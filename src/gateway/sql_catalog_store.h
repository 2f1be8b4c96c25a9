// SqlCatalogStore: the catalog's records in the metadata store.
#pragma once

#include "gateway/catalog_store.h"
#include "metadata/metadata_store.h"

namespace vecgate::gateway {

class SqlCatalogStore final : public CatalogStore {
 public:
  /// The store is borrowed and must outlive this.
  explicit SqlCatalogStore(MetadataStore& metadata) : metadata_(metadata) {}

  Result<std::vector<DatabaseRecord>> LoadDatabases() override;
  Result<std::vector<CollectionInfo>> LoadCollections() override;
  Status PutDatabase(const DatabaseRecord& database) override;
  Status DeleteDatabase(const std::string& name) override;
  Status PutCollection(const CollectionInfo& info) override;
  Status DeleteCollection(CollectionId id) override;
  Result<int64_t> ReserveIds(int64_t at_least, int64_t count) override;

 private:
  MetadataStore& metadata_;
};

}  // namespace vecgate::gateway
