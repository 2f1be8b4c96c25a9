#include "bench/process_usage.h"

#include <cstdlib>
#include <ctime>
#include <fstream>
#include <string>

namespace vecgate::bench {

double CpuSeconds() {
  timespec time{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + 1e-9 * static_cast<double>(time.tv_nsec);
}

ResidentMemory CurrentMemory() {
  ResidentMemory out;
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    const auto kilobytes = [&] { return std::strtod(line.c_str() + line.find(':') + 1, nullptr); };
    if (line.starts_with("RssAnon:")) out.anon_mb = kilobytes() / 1024;
    if (line.starts_with("RssFile:")) out.file_mb = kilobytes() / 1024;
  }
  return out;
}

}  // namespace vecgate::bench
