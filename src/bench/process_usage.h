// What this process has used so far: processor time and resident memory, as Linux counts them.
#pragma once

#include <chrono>

namespace vecgate::bench {

/// Seconds of processor time of all threads.
double CpuSeconds();

struct ResidentMemory {
  double anon_mb = 0;  ///< RssAnon: heap and stacks.
  double file_mb = 0;  ///< RssFile: mapped files (the data set, the program) that lie in memory.
};
/// From /proc/self/status; zeros where there is none.
ResidentMemory CurrentMemory();

/// Wall and processor seconds since it was made.
class Stopwatch {
 public:
  Stopwatch() : wall_(std::chrono::steady_clock::now()), cpu_(CpuSeconds()) {}
  [[nodiscard]] double WallSeconds() const {
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - wall_).count();
  }
  [[nodiscard]] double CpuSecondsUsed() const { return CpuSeconds() - cpu_; }

 private:
  std::chrono::steady_clock::time_point wall_;
  double cpu_;
};

}  // namespace vecgate::bench
