// Time as something that is passed in, so that tests own it.
//
// Thread safety: all methods may be called from any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace vecgate {

class Clock {
 public:
  virtual ~Clock() = default;
  /// For measuring and deadlines.
  [[nodiscard]] virtual std::chrono::steady_clock::time_point Now() const = 0;
  /// Unix time in milliseconds, for what is stored or shown.
  [[nodiscard]] virtual int64_t UnixMillis() const = 0;
};

/// The machine's clock; lives as long as the process.
const Clock& SystemClock();

}  // namespace vecgate
