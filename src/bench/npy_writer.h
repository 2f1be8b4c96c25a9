// NpyWriter: float32 rows to an .npy file, streamed, so that a data set may be larger than memory.
//
// Thread safety: one thread at a time.
#pragma once

#include <fstream>
#include <span>
#include <string>

#include "base/result.h"

namespace vecgate::bench {

class NpyWriter {
 public:
  /// Creates or empties `path` and writes the header of `rows` × `columns`. kUnavailable when the
  /// disk refuses.
  static Result<NpyWriter> Create(const std::string& path, size_t rows, size_t columns);

  /// Appends whole rows.
  Status Append(std::span<const float> values);
  /// kInternal unless exactly the promised rows were appended. No call may follow.
  Status Close();

 private:
  NpyWriter(std::string path, std::ofstream file, size_t values)
      : path_(std::move(path)), file_(std::move(file)), values_left_(values) {}

  std::string path_;
  std::ofstream file_;
  size_t values_left_;
};

}  // namespace vecgate::bench
