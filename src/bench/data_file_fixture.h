// Small data files for the tests of this folder.
#pragma once

#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "bench/vector_file.h"

namespace vecgate::bench {

/// A folder of its own for one test, gone afterwards.
class DataFiles {
 public:
  DataFiles() {
    std::string pattern = (std::filesystem::temp_directory_path() / "bench_testXXXXXX").string();
    VG_CHECK(::mkdtemp(pattern.data()) != nullptr);
    folder_ = pattern;
  }
  ~DataFiles() { std::filesystem::remove_all(folder_); }
  DataFiles(const DataFiles&) = delete;
  DataFiles& operator=(const DataFiles&) = delete;

  [[nodiscard]] std::string Path(const std::string& name) const { return folder_ / name; }
  /// Writes the file and returns its path.
  [[nodiscard]] std::string Write(const std::string& name, const std::string& bytes) const {
    std::ofstream(Path(name), std::ios::binary) << bytes;
    return Path(name);
  }
  [[nodiscard]] VectorFile Vectors(const std::string& name, uint32_t columns,
                                   const std::vector<float>& values) const;

 private:
  std::filesystem::path folder_;
};

template <typename T>
std::string BytesOf(const std::vector<T>& values) {
  return {reinterpret_cast<const char*>(values.data()), values.size() * sizeof(T)};
}

/// An .fbin or .ibin.
template <typename T>
std::string BinFile(uint32_t rows, uint32_t columns, const std::vector<T>& values) {
  return BytesOf(std::vector<uint32_t>{rows, columns}) + BytesOf(values);
}

/// An .npy of version 1 with this header and these bytes behind it.
inline std::string NpyFile(const std::string& header, const std::string& rows) {
  std::string padded = header;
  while ((10 + padded.size() + 1) % 64 != 0) padded += ' ';
  padded += '\n';
  const std::string length = {static_cast<char>(padded.size() & 0xff),
                              static_cast<char>(padded.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + padded + rows;
}

inline VectorFile DataFiles::Vectors(const std::string& name, uint32_t columns,
                                     const std::vector<float>& values) const {
  const auto rows = static_cast<uint32_t>(values.size() / columns);
  auto file = OpenVectors(Write(name + ".fbin", BinFile(rows, columns, values)));
  VG_CHECK(file.ok());
  return std::move(*file);
}

}  // namespace vecgate::bench
