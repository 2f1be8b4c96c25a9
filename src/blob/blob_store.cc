#include "blob/blob_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include "base/checksum.h"
#include "base/uuid.h"

namespace vecgate {
namespace {

namespace fs = std::filesystem;

Error Failed(const std::string& what, const std::string& path) {
  return Unavailable("blob store: " + what + " " + path + ": " + std::strerror(errno),
                     Subject::kStorage);
}

bool IsName(const std::string& name) {
  return name.size() == 64 && name.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Status SyncFolder(const std::string& path) {
  const int fd = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (fd < 0) return Failed("cannot open", path);
  const bool ok = fsync(fd) == 0;
  close(fd);
  return ok ? Ok() : Status(Failed("cannot sync", path));
}

Status WriteSynced(const std::string& path, std::string_view bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return Failed("cannot create", path);
  bool ok = true;
  while (ok && !bytes.empty()) {
    const ssize_t put = write(fd, bytes.data(), bytes.size());
    if (put < 0 && errno == EINTR) continue;
    ok = put > 0;
    if (ok) bytes.remove_prefix(static_cast<size_t>(put));
  }
  ok = ok && fsync(fd) == 0;
  const Status status = ok ? Ok() : Status(Failed("cannot write", path));
  close(fd);
  return status;
}

}  // namespace

Result<std::unique_ptr<BlobStore>> BlobStore::Open(const std::string& directory) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return Unavailable("blob store: cannot create " + directory + ": " + error.message());
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    if (entry.path().extension() == ".tmp") fs::remove(entry.path(), error);
  }
  return std::unique_ptr<BlobStore>(new BlobStore(directory));
}

// Two levels, so that no folder grows to millions of entries.
std::string BlobStore::PathOf(const std::string& name) const {
  return directory_ + "/" + name.substr(0, 2) + "/" + name;
}

Result<std::string> BlobStore::Put(std::string_view bytes) {
  std::string name = Sha256Hex(bytes);
  const std::string path = PathOf(name);
  std::error_code error;
  if (fs::exists(path, error)) return name;
  const std::string folder = fs::path(path).parent_path();
  const bool made = fs::create_directory(folder, error);
  if (error) return Unavailable("blob store: cannot create " + folder + ": " + error.message());
  const std::string temporary = directory_ + "/" + NewUuid() + ".tmp";
  Status status = WriteSynced(temporary, bytes);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = Failed("cannot rename to", path);
  }
  if (status.ok()) status = SyncFolder(folder);
  if (status.ok() && made) status = SyncFolder(directory_);
  if (!status.ok()) {
    fs::remove(temporary, error);
    return status.error();
  }
  return name;
}

Result<std::string> BlobStore::Get(const std::string& name) const {
  if (!IsName(name)) return InvalidArgument("'" + name + "' is not the name of a blob");
  std::ifstream file(PathOf(name), std::ios::binary);
  if (!file) return NotFound("blob " + name + " does not exist", Subject::kDocument);
  std::string bytes{std::istreambuf_iterator<char>(file), {}};
  if (Sha256Hex(bytes) != name) {
    return DataLoss("blob " + name + " is damaged: its content has another SHA-256",
                    Subject::kStorage);
  }
  return bytes;
}

Status BlobStore::Delete(const std::string& name) {
  if (!IsName(name)) return InvalidArgument("'" + name + "' is not the name of a blob");
  if (unlink(PathOf(name).c_str()) != 0 && errno != ENOENT) {
    return Failed("cannot delete", PathOf(name));
  }
  return Ok();
}

}  // namespace vecgate
