#include "base/op_context.h"

namespace vecgate {

Status OpContext::Check() const {
  if (cancelled != nullptr && cancelled->load(std::memory_order_relaxed)) {
    return Cancelled("the caller went away");
  }
  if (deadline != std::chrono::steady_clock::time_point::max() &&
      std::chrono::steady_clock::now() >= deadline) {
    return DeadlineExceeded("the deadline passed before the operation ended");
  }
  return Ok();
}

OpContext OpContext::WithTimeout(std::chrono::milliseconds timeout) {
  OpContext context;
  context.deadline = std::chrono::steady_clock::now() + timeout;
  return context;
}

}  // namespace vecgate
