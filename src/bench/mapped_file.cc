#include "bench/mapped_file.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vecgate::bench {
namespace {

Error Refused(const char* what) { return NotFound(std::string(what) + ": " + strerror(errno)); }

/// The size of an open regular file.
Result<size_t> SizeOf(int file) {
  struct stat status {};
  if (::fstat(file, &status) != 0) return Refused("cannot be looked at");
  if (!S_ISREG(status.st_mode)) return InvalidArgument("is not a regular file");
  return static_cast<size_t>(status.st_size);
}

}  // namespace

Result<MappedFile> MappedFile::Open(const std::string& path) {
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return Refused("cannot be opened");
  const Result<size_t> size = SizeOf(file);
  void* data = nullptr;
  // Nothing can be mapped of an empty file; its reader says that it is empty.
  if (size.ok() && *size > 0) data = ::mmap(nullptr, *size, PROT_READ, MAP_SHARED, file, 0);
  ::close(file);
  if (!size.ok()) return size.error();
  if (data == MAP_FAILED) return Refused("cannot be mapped");
  return MappedFile(data, *size);
}

MappedFile::~MappedFile() {
  if (data_ != nullptr) ::munmap(data_, size_);
}

}  // namespace vecgate::bench
