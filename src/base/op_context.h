// OpContext: what every operation carries: when it must end, whether it was called off, and for
// whom it runs. Passed first, by const reference, never kept past the call.
#pragma once

#include <atomic>
#include <chrono>
#include <string>

#include "base/result.h"

namespace vecgate {

struct OpContext {
  std::chrono::steady_clock::time_point deadline = std::chrono::steady_clock::time_point::max();
  /// Set by the caller's side when nobody waits for the answer any more; may be null. Borrowed.
  const std::atomic<bool>* cancelled = nullptr;
  /// For logs and answers; empty outside requests.
  std::string request_id;

  /// kCancelled or kDeadlineExceeded when this operation should stop; long loops ask now and then.
  [[nodiscard]] Status Check() const;

  /// A context that ends `timeout` from now.
  static OpContext WithTimeout(std::chrono::milliseconds timeout);
};

}  // namespace vecgate
