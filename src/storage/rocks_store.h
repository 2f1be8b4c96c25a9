// RocksStore: the KeyValueStore contract on RocksDB; the only place that knows RocksDB.
//
// One process holds a directory. RocksDB's write group gives the group commit: synchronous writers
// that arrive together share one log write and one fsync. docs/decisions/0003-rocksdb.md.
#pragma once

#include <memory>
#include <string>

#include "storage/key_value_store.h"

namespace rocksdb {
class DB;
}

namespace vecgate::storage {

struct RocksOptions {
  std::string directory;
  size_t block_cache_bytes = size_t{64} << 20;
  size_t write_buffer_bytes = size_t{64} << 20;
};

class RocksStore : public KeyValueStore {
 public:
  /// Creates the directory when it is missing. kFailedPrecondition when another process holds it;
  /// kDataLoss when its files are damaged; kUnavailable when the disk refuses.
  static Result<std::unique_ptr<RocksStore>> Open(const RocksOptions& options);
  ~RocksStore() override;

  Result<std::optional<std::string>> Get(std::string_view key) override;
  Status Write(const WriteSet& changes, Durability durability) override;
  Status Scan(std::string_view begin, std::string_view end, const Visit& visit) override;
  Status Sync() override;
  Status ReleaseBuffers() override;
  Status Close() override;

  [[nodiscard]] std::map<std::string, uint64_t> Memory() const override;

 private:
  RocksStore(std::unique_ptr<rocksdb::DB> db, const RocksOptions& options);

  std::unique_ptr<rocksdb::DB> db_;
  // Of write buffers.
  const size_t worth_releasing_bytes_;
};

}  // namespace vecgate::storage
