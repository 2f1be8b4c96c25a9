// IdAllocator: numbers for auto_id keys and for collections, indexes and databases: increasing and
// never given twice, also across kill -9.
//
// Blocks are reserved durably before any number of them is handed out; what a crash leaves unused
// of a block is skipped. Numbers start at the hybrid time (Unix ms << 18), so that they look and
// sort as Milvus' do. Thread safety: any thread.
#pragma once

#include <cstdint>
#include <mutex>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/catalog_store.h"

namespace vecgate::gateway {

class IdAllocator {
 public:
  /// Both are borrowed and must outlive the allocator.
  IdAllocator(CatalogStore& store, const Clock& clock) : store_(store), clock_(clock) {}

  /// The first of `count` consecutive fresh numbers.
  Result<int64_t> Take(int64_t count);

 private:
  static constexpr int64_t kBlock = int64_t{1} << 20;

  CatalogStore& store_;
  const Clock& clock_;
  std::mutex mutex_;  // Held across a reservation: whoever needs numbers must wait for it anyway.
  int64_t next_ = 0;
  int64_t end_ = 0;
};

}  // namespace vecgate::gateway
