// Section files: the one envelope of our index snapshots, described in
// docs/formats/section-file.md.
//
// A file is written beside its name, synced, renamed, and its folder synced, so a crash leaves the
// old file or the new one. It is read by mapping it privately, after each checksum was compared.
// Thread safety: values; two writers of one path are the caller's mistake.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "index/mapped_memory.h"

namespace vecgate::index {

/// One section to write: its bytes in order, and the size to which zeros pad it (so that whole
/// segments can be mapped); the padding is a hole in the file and takes no room.
struct SectionSource {
  std::vector<std::string_view> pieces;
  uint64_t padded_bytes = 0;
};

/// `kind` is exactly 8 bytes; `meta` at most 3,000 bytes; at most 8 sections. kUnavailable when the
/// disk refuses.
Status WriteSectionFile(const std::string& path, std::string_view kind, uint32_t version,
                        std::string_view meta, std::span<const SectionSource> sections);

struct Section {
  char* data = nullptr;
  uint64_t used_bytes = 0;
  uint64_t padded_bytes = 0;
};

/// A mapped file; sections and meta point into `memory`.
struct SectionFile {
  std::shared_ptr<const MappedMemory> memory;
  std::string_view meta;
  std::vector<Section> sections;
};

/// Where each section begins in a file that was just written; its checksums are not compared.
/// Errors as OpenSectionFile.
Result<std::vector<uint64_t>> SectionOffsets(const std::string& path, std::string_view kind,
                                             uint32_t version);

/// kNotFound when there is no file; kDataLoss, naming the file and what is wrong, when it is of
/// another kind or version, truncated, or a checksum differs.
Result<SectionFile> OpenSectionFile(const std::string& path, std::string_view kind,
                                    uint32_t version);

}  // namespace vecgate::index
