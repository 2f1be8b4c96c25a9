#include "bench/npy_writer.h"

#include <fmt/format.h>

namespace vecgate::bench {
namespace {

// NumPy pads its header so that the rows begin at a multiple of 64 bytes.
constexpr size_t kAlignment = 64;

std::string Header(size_t rows, size_t columns) {
  constexpr size_t kPrefixBytes = 10;
  std::string text =
      fmt::format("{{'descr': '<f4', 'fortran_order': False, 'shape': ({}, {}), }}", rows, columns);
  while ((kPrefixBytes + text.size() + 1) % kAlignment != 0) text += ' ';
  text += '\n';
  const std::string length = {static_cast<char>(text.size() & 0xff),
                              static_cast<char>(text.size() >> 8)};
  return std::string("\x93NUMPY\x01\x00", 8) + length + text;
}

}  // namespace

Result<NpyWriter> NpyWriter::Create(const std::string& path, size_t rows, size_t columns) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  const std::string header = Header(rows, columns);
  file.write(header.data(), static_cast<std::streamsize>(header.size()));
  if (!file) return Unavailable(path + ": cannot be written");
  return NpyWriter(path, std::move(file), rows * columns);
}

Status NpyWriter::Append(std::span<const float> values) {
  if (values.size() > values_left_) return Internal(path_ + ": more rows than its header says");
  values_left_ -= values.size();
  file_.write(reinterpret_cast<const char*>(values.data()),
              static_cast<std::streamsize>(values.size_bytes()));
  return file_ ? Ok() : Unavailable(path_ + ": cannot be written; is the disk full?");
}

Status NpyWriter::Close() {
  if (values_left_ != 0) return Internal(path_ + ": fewer rows than its header says");
  file_.close();
  return file_ ? Ok() : Unavailable(path_ + ": cannot be written; is the disk full?");
}

}  // namespace vecgate::bench
