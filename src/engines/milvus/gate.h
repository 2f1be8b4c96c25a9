// Gate: calls of two kinds that may run beside those of their own kind, and not beside the others.
//
// Reads that take several calls to the server hold it as readers, writes as writers, changes of
// indexes alone. So such a read sees every write of this process whole or not at all. First come,
// first served: nobody waits for ever.
//
// Thread safety: any thread.
#pragma once

#include <condition_variable>
#include <list>
#include <mutex>

#include "base/op_context.h"
#include "base/result.h"

namespace vecgate::milvus_engine {

class Gate {
 public:
  enum class Kind { kRead, kWrite, kAlone };

  /// Open while it lives.
  class Pass {
   public:
    explicit Pass(Gate* gate) : gate_(gate) {}
    Pass(Pass&& other) noexcept : gate_(other.gate_) { other.gate_ = nullptr; }
    Pass& operator=(Pass&&) = delete;
    Pass(const Pass&) = delete;
    Pass& operator=(const Pass&) = delete;
    ~Pass() {
      if (gate_ != nullptr) gate_->Leave();
    }

   private:
    Gate* gate_;
  };

  /// Waits until it may pass; fails when the context ends before.
  Result<Pass> Enter(const OpContext& context, Kind kind);

 private:
  void Leave();
  [[nodiscard]] bool MayEnter(Kind kind) const;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::list<Kind> waiting_;
  size_t inside_ = 0;
  Kind kind_ = Kind::kRead;  ///< Of those inside.
};

}  // namespace vecgate::milvus_engine
