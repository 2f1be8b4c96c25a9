// What a process has used so far: processor time and resident memory, as Linux counts them.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <ctime>

#include "base/result.h"

namespace vecgate::bench {

/// Seconds of processor time of all threads.
double CpuSeconds();
/// The same of the calling thread alone.
double ThreadCpuSeconds();

struct ResidentMemory {
  double anon_mb = 0;  ///< RssAnon: heap and stacks.
  double file_mb = 0;  ///< RssFile: mapped files (the data set, the program) that lie in memory.
};
/// From /proc/self/status; zeros where there is none.
ResidentMemory CurrentMemory();

/// Threads that ran or wanted to, on average over the last minute: what else this machine was
/// doing. 0 where the system does not tell.
double LoadAverage();

/// Another process of this machine. Once it has ended its figures are zeros.
class WatchedProcess {
 public:
  /// kNotFound when there is no such process.
  static Result<WatchedProcess> Open(pid_t pid);

  /// Seconds of processor time of all its threads.
  [[nodiscard]] double CpuSeconds() const;
  [[nodiscard]] ResidentMemory Memory() const;

 private:
  WatchedProcess(pid_t pid, clockid_t clock) : pid_(pid), clock_(clock) {}

  pid_t pid_;
  clockid_t clock_;
};

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
