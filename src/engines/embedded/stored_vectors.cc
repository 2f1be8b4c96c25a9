#include "engines/embedded/stored_vectors.h"

#include <cstring>
#include <string_view>

namespace vecgate::embedded {
namespace {

constexpr uint32_t kBitsPerWord = 32;

size_t WordsOfBits(uint32_t dim) { return (dim + kBitsPerWord - 1) / kBitsPerWord; }

}  // namespace

index::Words WordsOf(const FieldSchema& field) {
  return field.type == DataType::kBinaryVector ? index::Words::kBits : index::Words::kNumbers;
}

size_t WordsPerRow(const FieldSchema& field) {
  return WordsOf(field) == index::Words::kBits ? WordsOfBits(field.dim) : field.dim;
}

std::span<const float> ToStored(const Column& vectors, size_t row, std::vector<float>& scratch) {
  if (vectors.type() != DataType::kBinaryVector) return vectors.NumbersAt(row, scratch);
  const std::string_view bits = vectors.VectorBytesAt(row);
  scratch.assign(WordsOfBits(vectors.dim()), 0);
  std::memcpy(scratch.data(), bits.data(), bits.size());
  return scratch;
}

void AppendStored(const float* stored, Column& vectors) {
  if (vectors.type() == DataType::kBinaryVector) {
    vectors.AppendVectorBytes({reinterpret_cast<const char*>(stored), vectors.dim() / 8});
  } else {
    vectors.AppendVector({stored, vectors.dim()});
  }
}

}  // namespace vecgate::embedded
