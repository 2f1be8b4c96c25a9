// MemoryStore: the KeyValueStore contract without a disk, for tests and the in-memory engine.
#pragma once

#include <map>
#include <shared_mutex>

#include "storage/key_value_store.h"

namespace vecgate::storage {

class MemoryStore : public KeyValueStore {
 public:
  Result<std::optional<std::string>> Get(std::string_view key) override;
  Status Write(const WriteSet& changes, Durability durability) override;
  Status Scan(std::string_view begin, std::string_view end, const Visit& visit) override;
  Status Sync() override { return Ok(); }
  Status ReleaseBuffers() override { return Ok(); }
  Status Close() override { return Ok(); }

 private:
  std::shared_mutex mutex_;
  std::map<std::string, std::string, std::less<>> map_;
};

}  // namespace vecgate::storage
