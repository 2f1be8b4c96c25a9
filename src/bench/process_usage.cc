#include "bench/process_usage.h"

#include <fmt/format.h>

#include <cstdlib>
#include <fstream>
#include <string>

namespace vecgate::bench {
namespace {

double SecondsOf(clockid_t clock) {
  timespec time{};
  if (::clock_gettime(clock, &time) != 0) return 0;
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

ResidentMemory MemoryIn(const std::string& status_file) {
  ResidentMemory out;
  std::ifstream status(status_file);
  for (std::string line; std::getline(status, line);) {
    const auto kilobytes = [&] { return std::strtod(line.c_str() + line.find(':') + 1, nullptr); };
    if (line.starts_with("RssAnon:")) out.anon_mb = kilobytes() / 1024;
    if (line.starts_with("RssFile:")) out.file_mb = kilobytes() / 1024;
  }
  return out;
}

}  // namespace

double CpuSeconds() { return SecondsOf(CLOCK_PROCESS_CPUTIME_ID); }

double ThreadCpuSeconds() { return SecondsOf(CLOCK_THREAD_CPUTIME_ID); }

ResidentMemory CurrentMemory() { return MemoryIn("/proc/self/status"); }

double LoadAverage() {
  double minute = 0;
  return ::getloadavg(&minute, 1) == 1 ? minute : 0;
}

Result<WatchedProcess> WatchedProcess::Open(pid_t pid) {
  clockid_t clock = 0;
  if (pid > 0 && ::clock_getcpuclockid(pid, &clock) == 0) return WatchedProcess(pid, clock);
  return NotFound(fmt::format("there is no process {} on this machine", pid));
}

double WatchedProcess::CpuSeconds() const { return SecondsOf(clock_); }

ResidentMemory WatchedProcess::Memory() const {
  return MemoryIn(fmt::format("/proc/{}/status", pid_));
}

}  // namespace vecgate::bench
