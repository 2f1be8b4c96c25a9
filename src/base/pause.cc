#include "base/pause.h"

#include <condition_variable>
#include <mutex>

namespace vecgate {

void Pause(std::chrono::milliseconds duration) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable never;
  const auto end = std::chrono::steady_clock::now() + duration;
  while (never.wait_until(lock, end) != std::cv_status::timeout) {
  }
}

}  // namespace vecgate
