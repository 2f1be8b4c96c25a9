// BlobStore: the originals of documents, as files named by the SHA-256 of their content.
//
// A blob is written to a temporary file, synced and renamed, so a name that exists holds the whole
// content, also after a power loss. Storing the same content again costs nothing.
//
// Thread safety: any thread. The folder belongs to this object alone.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vecgate {

class BlobStore {
 public:
  /// Creates the folder when it is missing and removes temporary files of a crashed run.
  /// kUnavailable when that fails.
  static Result<std::unique_ptr<BlobStore>> Open(const std::string& directory);

  /// Returns the content's name: 64 hexadecimal digits. Durable when it returns. kUnavailable when
  /// the disk refuses (full, read-only).
  Result<std::string> Put(std::string_view bytes);
  /// kNotFound for an unknown name; kDataLoss when the content no longer matches it.
  [[nodiscard]] Result<std::string> Get(const std::string& name) const;
  /// OK also when there is no such blob.
  Status Delete(const std::string& name);

 private:
  explicit BlobStore(std::string directory) : directory_(std::move(directory)) {}
  [[nodiscard]] std::string PathOf(const std::string& name) const;
  std::string directory_;
};

}  // namespace vecgate
