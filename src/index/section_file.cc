#include "index/section_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>

#include "base/bytes.h"
#include "base/check.h"
#include "base/checksum.h"

namespace vecgate::index {
namespace {

constexpr size_t kHeaderBytes = 4096;
constexpr size_t kPageBytes = 4096;
constexpr size_t kMostMetaBytes = 3000;
constexpr size_t kMostSections = 8;

uint64_t RoundUpToPage(uint64_t bytes) {
  return (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

Error DiskError(const std::string& what, const std::string& path) {
  return Unavailable("cannot " + what + " " + path + ": " + std::strerror(errno),
                     Subject::kStorage);
}

// A file descriptor that closes itself.
class OpenFile {
 public:
  OpenFile(const std::string& path, int flags) : fd_(open(path.c_str(), flags, 0644)) {}
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

bool WriteAt(int fd, std::string_view bytes, uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t n = pwrite(fd, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(n));
    offset += static_cast<uint64_t>(n);
  }
  return true;
}

Status SyncFolderOf(const std::string& path) {
  const std::string folder = std::filesystem::path(path).parent_path().string();
  const OpenFile dir(folder.empty() ? "." : folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (dir.fd() < 0 || fsync(dir.fd()) != 0) return DiskError("sync the folder of", path);
  return Ok();
}

Status WriteAll(int fd, const std::string& path, std::string_view kind, uint32_t version,
                std::string_view meta, std::span<const SectionSource> sections) {
  ByteWriter header;
  header.PutRaw(kind.data(), kind.size());
  header.Put(version);
  header.PutString(meta);
  header.Put(static_cast<uint32_t>(sections.size()));
  uint64_t offset = kHeaderBytes;
  for (const SectionSource& section : sections) {
    uint64_t used = 0;
    uint32_t crc = 0;
    for (const std::string_view piece : section.pieces) {
      if (!WriteAt(fd, piece, offset + used)) return DiskError("write", path);
      crc = Crc32c(piece, crc);
      used += piece.size();
    }
    const uint64_t padded = RoundUpToPage(std::max(used, section.padded_bytes));
    header.Put(offset);
    header.Put(used);
    header.Put(padded);
    header.Put(crc);
    offset += padded;
  }
  std::string bytes = header.Take();
  bytes.resize(kHeaderBytes - sizeof(uint32_t), '\0');
  ByteWriter sealed;
  sealed.PutRaw(bytes.data(), bytes.size());
  sealed.Put(Crc32c(bytes));
  if (!WriteAt(fd, sealed.bytes(), 0)) return DiskError("write", path);
  if (ftruncate(fd, static_cast<off_t>(offset)) != 0) return DiskError("size", path);
  if (fsync(fd) != 0) return DiskError("sync", path);
  return Ok();
}

struct Extent {
  uint64_t offset = 0;
  uint64_t used = 0;
  uint64_t padded = 0;
  uint32_t crc = 0;
};

struct Header {
  std::string_view meta;
  std::vector<Extent> extents;
};

Result<Extent> ReadExtent(ByteReader& reader, uint64_t file_bytes) {
  Extent extent;
  VG_ASSIGN_OR_RETURN(extent.offset, reader.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(extent.used, reader.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(extent.padded, reader.Get<uint64_t>());
  VG_ASSIGN_OR_RETURN(extent.crc, reader.Get<uint32_t>());
  if (extent.offset % kPageBytes != 0 || extent.offset > file_bytes ||
      extent.padded > file_bytes - extent.offset || extent.used > extent.padded) {
    return DataLoss("a section lies outside the file of " + std::to_string(file_bytes) + " bytes");
  }
  return extent;
}

Result<Header> ReadHeader(const MappedMemory& memory, std::string_view kind, uint32_t version) {
  if (memory.size_bytes() < kHeaderBytes) return DataLoss("the file ends inside its header");
  const std::string_view bytes(memory.data(), kHeaderBytes);
  const std::string_view body = bytes.substr(0, kHeaderBytes - sizeof(uint32_t));
  ByteReader seal(bytes.substr(body.size()));
  VG_ASSIGN_OR_RETURN(const uint32_t crc, seal.Get<uint32_t>());
  if (!body.starts_with(kind)) return DataLoss("it is not a " + std::string(kind) + " file");
  if (Crc32c(body) != crc) return DataLoss("the header's checksum differs");
  ByteReader reader(body.substr(kind.size()));
  VG_ASSIGN_OR_RETURN(const uint32_t found, reader.Get<uint32_t>());
  if (found != version) {
    return DataLoss("it has version " + std::to_string(found) + ", " + std::to_string(version) +
                    " is read here");
  }
  Header header;
  VG_ASSIGN_OR_RETURN(header.meta, reader.GetString());
  VG_ASSIGN_OR_RETURN(const uint32_t count, reader.Get<uint32_t>());
  if (count > kMostSections) return DataLoss("it names " + std::to_string(count) + " sections");
  for (uint32_t i = 0; i < count; ++i) {
    VG_ASSIGN_OR_RETURN(const Extent extent, ReadExtent(reader, memory.size_bytes()));
    header.extents.push_back(extent);
  }
  return header;
}

Result<SectionFile> Parse(std::shared_ptr<const MappedMemory> memory, std::string_view kind,
                          uint32_t version) {
  VG_ASSIGN_OR_RETURN(const Header header, ReadHeader(*memory, kind, version));
  SectionFile file{std::move(memory), header.meta, {}};
  for (const Extent& extent : header.extents) {
    char* const data = file.memory->data() + extent.offset;
    if (Crc32c({data, extent.used}) != extent.crc) {
      return DataLoss("a section's checksum differs");
    }
    file.sections.push_back({data, extent.used, extent.padded});
  }
  return file;
}

}  // namespace

Status WriteSectionFile(const std::string& path, std::string_view kind, uint32_t version,
                        std::string_view meta, std::span<const SectionSource> sections) {
  VG_CHECK(kind.size() == 8 && meta.size() <= kMostMetaBytes && sections.size() <= kMostSections);
  const std::string beside = path + ".new";
  {
    const OpenFile file(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC);
    if (file.fd() < 0) return DiskError("create", beside);
    Status written = WriteAll(file.fd(), beside, kind, version, meta, sections);
    if (!written.ok()) {
      unlink(beside.c_str());
      return written;
    }
  }
  if (std::rename(beside.c_str(), path.c_str()) != 0) return DiskError("rename to", path);
  return SyncFolderOf(path);
}

Result<SectionFile> OpenSectionFile(const std::string& path, std::string_view kind,
                                    uint32_t version) {
  VG_ASSIGN_OR_RETURN(MappedMemory memory, MappedMemory::OfFile(path));
  auto parsed = Parse(std::make_shared<const MappedMemory>(std::move(memory)), kind, version);
  if (!parsed.ok()) return DataLoss(path + ": " + parsed.error().message, Subject::kStorage);
  return parsed;
}

Result<std::vector<uint64_t>> SectionOffsets(const std::string& path, std::string_view kind,
                                             uint32_t version) {
  VG_ASSIGN_OR_RETURN(const MappedMemory memory, MappedMemory::OfFile(path));
  const auto header = ReadHeader(memory, kind, version);
  if (!header.ok()) return DataLoss(path + ": " + header.error().message, Subject::kStorage);
  std::vector<uint64_t> offsets;
  for (const Extent& extent : header->extents) offsets.push_back(extent.offset);
  return offsets;
}

}  // namespace vecgate::index
