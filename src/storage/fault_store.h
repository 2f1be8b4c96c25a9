// FaultStore: a KeyValueStore that fails on command, for crash tests.
//
// After `FailFrom(n)`, the n-th write from then on (0 is the next) and all later ones fail as a
// full or broken disk would, and change nothing. Reads go on.
#pragma once

#include <atomic>
#include <limits>

#include "storage/key_value_store.h"

namespace vecgate::storage {

class FaultStore : public KeyValueStore {
 public:
  /// `below` is borrowed, so that a test can reopen an engine on what was really written.
  explicit FaultStore(KeyValueStore& below) : below_(below) {}

  void FailFrom(uint64_t nth_write) { fail_at_ = writes_ + nth_write; }
  void Heal() { fail_at_ = std::numeric_limits<uint64_t>::max(); }
  [[nodiscard]] uint64_t writes() const { return writes_; }

  Result<std::optional<std::string>> Get(std::string_view key) override { return below_.Get(key); }
  Status Write(const WriteSet& changes, Durability durability) override {
    if (writes_.fetch_add(1) >= fail_at_) {
      return Unavailable("storage: an injected fault refused the write", Subject::kStorage);
    }
    return below_.Write(changes, durability);
  }
  Status Scan(std::string_view begin, std::string_view end, const Visit& visit) override {
    return below_.Scan(begin, end, visit);
  }
  Status Sync() override { return below_.Sync(); }
  Status ReleaseBuffers() override { return below_.ReleaseBuffers(); }
  [[nodiscard]] std::map<std::string, uint64_t> Memory() const override { return below_.Memory(); }
  Status Close() override { return Ok(); }

 private:
  KeyValueStore& below_;
  std::atomic<uint64_t> writes_{0};
  std::atomic<uint64_t> fail_at_{std::numeric_limits<uint64_t>::max()};
};

}  // namespace vecgate::storage
