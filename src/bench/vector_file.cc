#include "bench/vector_file.h"

#include <fmt/format.h>

#include <cmath>
#include <filesystem>

#include "bench/row_layout.h"

namespace vecgate::bench {
namespace {

Result<RowLayout> LayoutOf(std::string_view extension, std::string_view bytes, Element element) {
  const bool floats = element == Element::kFloat32;
  if (extension == ".npy") return NpyLayout(bytes, element);
  if (extension == (floats ? ".fvecs" : ".ivecs")) return VecsLayout(bytes);
  if (extension == (floats ? ".fbin" : ".ibin")) return BinLayout(bytes, element);
  return InvalidArgument(fmt::format("has the extension '{}'; {} are read from {}", extension,
                                     floats ? "vectors" : "ids",
                                     floats ? ".npy, .fvecs and .fbin" : ".npy, .ivecs and .ibin"));
}

template <typename T>
Result<MappedRows<T>> OpenRows(const std::string& path, Element element) {
  VG_ASSIGN_OR_RETURN(MappedFile file, MappedFile::Open(path));
  if (file.bytes().empty()) return InvalidArgument("is empty");
  VG_ASSIGN_OR_RETURN(
      const RowLayout layout,
      LayoutOf(std::filesystem::path(path).extension().string(), file.bytes(), element));
  return MappedRows<T>(std::move(file), layout);
}

Status CheckFinite(const VectorFile& vectors) {
  for (size_t row = 0; row < vectors.rows(); ++row) {
    const auto values = vectors.RowSpan(row);
    for (size_t i = 0; i < values.size(); ++i) {
      if (!std::isfinite(values[i])) {
        return InvalidArgument(
            fmt::format("has {} in row {}, column {}; only finite numbers are "
                        "allowed",
                        values[i], row, i));
      }
    }
  }
  return Ok();
}

}  // namespace

Result<VectorFile> OpenVectors(const std::string& path) {
  Result<VectorFile> out = OpenRows<float>(path, Element::kFloat32);
  if (!out.ok()) return out.error().Within(path);
  const Status finite = CheckFinite(*out);
  if (!finite.ok()) return finite.error().Within(path);
  return out;
}

Result<IdFile> OpenIds(const std::string& path) {
  Result<IdFile> out = OpenRows<int32_t>(path, Element::kInt32);
  if (!out.ok()) return out.error().Within(path);
  return out;
}

}  // namespace vecgate::bench
