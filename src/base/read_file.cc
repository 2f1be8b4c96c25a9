#include "base/read_file.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

namespace vecgate {

Result<std::string> ReadSmallFile(const std::string& path) {
  constexpr size_t kMost = 16 << 20;
  const std::unique_ptr<FILE, int (*)(FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (file == nullptr) {
    return NotFound(path + " cannot be read: " + std::strerror(errno), Subject::kConfig);
  }
  std::string out;
  char piece[65536];
  while (const size_t got = std::fread(piece, 1, sizeof(piece), file.get())) {
    out.append(piece, got);
    if (out.size() > kMost) {
      return InvalidArgument(path + " is larger than 16 MiB", Subject::kConfig);
    }
  }
  if (std::ferror(file.get()) != 0) {
    return NotFound(path + " cannot be read: " + std::strerror(errno), Subject::kConfig);
  }
  return out;
}

}  // namespace vecgate
