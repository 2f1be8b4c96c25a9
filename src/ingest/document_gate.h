// DocumentGate: lets one operation at a time change a document (switch versions, delete), and one
// at a time use a piece of stored content. Keys are document ids and content hashes.
//
// Thread safety: any thread. No lock is held while an operation runs; others wait for its key.
#pragma once

#include <condition_variable>
#include <mutex>
#include <set>
#include <string>

#include "base/op_context.h"

namespace vecgate {

class DocumentGate {
 public:
  /// Holds the key until it goes out of scope.
  class Pass {
   public:
    Pass(DocumentGate& gate, std::string key) : gate_(&gate), key_(std::move(key)) {}
    Pass(Pass&& other) noexcept
        : gate_(std::exchange(other.gate_, nullptr)), key_(std::move(other.key_)) {}
    Pass& operator=(Pass&&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave(key_);
    }

   private:
    DocumentGate* gate_;
    std::string key_;
  };

  /// Waits for `key` to be free. The context's error when it ends first.
  Result<Pass> Enter(const OpContext& context, const std::string& key) {
    std::unique_lock lock(mutex_);
    while (held_.contains(key)) {
      VG_RETURN_IF_ERROR(context.Check());
      // Short, so that a cancelled context is seen soon.
      left_.wait_for(lock, std::chrono::milliseconds(50));
    }
    held_.insert(key);
    return Pass(*this, key);
  }

 private:
  void Leave(const std::string& key) {
    const std::lock_guard lock(mutex_);
    held_.erase(key);
    left_.notify_all();
  }

  std::mutex mutex_;
  std::condition_variable left_;
  std::set<std::string> held_;  // Guarded by mutex_.
};

}  // namespace vecgate
