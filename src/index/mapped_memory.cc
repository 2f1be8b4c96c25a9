#include "index/mapped_memory.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <utility>

namespace vecgate::index {
namespace {

// Huge pages pay for themselves from this size on: random rows then cost fewer TLB misses.
constexpr size_t kHugePagesFromBytes = size_t{4} << 20;
constexpr size_t kHugePageBytes = size_t{2} << 20;

}  // namespace

MappedMemory::MappedMemory(MappedMemory&& other) noexcept
    : data_(std::exchange(other.data_, nullptr)),
      size_bytes_(std::exchange(other.size_bytes_, 0)) {}

MappedMemory& MappedMemory::operator=(MappedMemory&& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_bytes_, other.size_bytes_);
  return *this;
}

MappedMemory::~MappedMemory() {
  if (data_ != nullptr) munmap(data_, size_bytes_);
}

Result<MappedMemory> MappedMemory::Zeroed(size_t size_bytes) {
  const bool huge = size_bytes >= kHugePagesFromBytes;
  // A huge page begins at a multiple of its size, so the mapping is made larger and cut to fit.
  const size_t asked = huge ? size_bytes + kHugePageBytes : size_bytes;
  void* p = mmap(nullptr, asked, PROT_READ | PROT_WRITE,
                 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (p == MAP_FAILED) {
    return ResourceExhausted("the system gives no " + std::to_string(size_bytes) +
                             " bytes of memory for an index: " + std::strerror(errno));
  }
  auto* data = static_cast<char*>(p);
  if (huge) {
    const size_t before =
        (kHugePageBytes - reinterpret_cast<uintptr_t>(p) % kHugePageBytes) % kHugePageBytes;
    if (before > 0) munmap(data, before);
    data += before;
    if (asked > before + size_bytes) munmap(data + size_bytes, asked - before - size_bytes);
    madvise(data, size_bytes, MADV_HUGEPAGE);
  }
  return MappedMemory(data, size_bytes);
}

Result<MappedMemory> MappedMemory::OfFile(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    const std::string text = "cannot open " + path + ": " + std::strerror(errno);
    if (errno == ENOENT) return NotFound(text, Subject::kStorage);
    return DataLoss(text, Subject::kStorage);
  }
  struct stat info {};
  void* p = MAP_FAILED;
  size_t size_bytes = 0;
  if (fstat(fd, &info) == 0 && info.st_size > 0) {
    size_bytes = static_cast<size_t>(info.st_size);
    p = mmap(nullptr, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, 0);
  }
  close(fd);
  if (p == MAP_FAILED) {
    return DataLoss("cannot map " + path + " of " + std::to_string(size_bytes) + " bytes",
                    Subject::kStorage);
  }
  return MappedMemory(static_cast<char*>(p), size_bytes);
}

Status MapFileOver(char* at, size_t size_bytes, const std::string& path, uint64_t offset) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) {
    return Unavailable("cannot open " + path + ": " + std::strerror(errno), Subject::kStorage);
  }
  void* p = mmap(at, size_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE | MAP_FIXED,
                 fd, static_cast<off_t>(offset));
  const int failed = errno;
  close(fd);
  if (p == MAP_FAILED) {
    return Unavailable("cannot map " + path + ": " + std::strerror(failed), Subject::kStorage);
  }
  // Rows are read here and there, and nothing near them is wanted next.
  madvise(p, size_bytes, MADV_RANDOM);
  return Ok();
}

}  // namespace vecgate::index
