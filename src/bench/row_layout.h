// Reads the headers of data-set files: bytes → where the rows lie. See vector_file.h for the
// formats.
//
// Thread safety: pure functions. Messages do not name the file; the caller does.
#pragma once

#include <string_view>

#include "bench/vector_file.h"

namespace vecgate::bench {

enum class Element { kFloat32, kInt32 };

/// `bytes` as NumPy's .npy, versions 1 to 3.
Result<RowLayout> NpyLayout(std::string_view bytes, Element element);
/// `bytes` as .fvecs or .ivecs; every row must be as long as the first.
Result<RowLayout> VecsLayout(std::string_view bytes);
/// `bytes` as .fbin or .ibin.
Result<RowLayout> BinLayout(std::string_view bytes, Element element);

}  // namespace vecgate::bench
