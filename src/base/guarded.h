// Guarded<T>: data that can be reached only with its lock held.
//
//   Guarded<State> state_;
//   auto s = state_.Lock();   // or LockShared() for a const view
//   s->count++;
//
// No lock is held across I/O or a callback.
#pragma once

#include <mutex>
#include <shared_mutex>
#include <utility>

namespace vecgate {

template <typename T>
class Guarded {
 public:
  template <typename Value, typename LockType>
  class Access {
   public:
    Access(Value& value, std::shared_mutex& mutex) : lock_(mutex), value_(&value) {}
    Value* operator->() const { return value_; }
    Value& operator*() const { return *value_; }
    /// For condition variables (std::condition_variable_any).
    LockType& lock() { return lock_; }

   private:
    LockType lock_;
    Value* value_;
  };

  template <typename... Args>
  explicit Guarded(Args&&... args) : value_{std::forward<Args>(args)...} {}

  Access<T, std::unique_lock<std::shared_mutex>> Lock() { return {value_, mutex_}; }
  Access<const T, std::shared_lock<std::shared_mutex>> LockShared() const {
    return {value_, mutex_};
  }

 private:
  mutable std::shared_mutex mutex_;
  T value_;
};

}  // namespace vecgate
