// Rows of a SegmentedArray as a section of a file, and back.
//
// Thread safety: functions of their arguments.
#pragma once

#include <algorithm>
#include <cstring>
#include <string>

#include "index/section_file.h"
#include "index/segmented_array.h"

namespace vecgate::index {

/// Rows [0, rows), padded to whole segments; points into the array.
template <typename T>
SectionSource SectionOf(const SegmentedArray<T>& array, size_t rows) {
  SectionSource source;
  for (size_t at = 0; at < rows; at += kRowsPerSegment) {
    const size_t count = std::min(kRowsPerSegment, rows - at);
    source.pieces.emplace_back(reinterpret_cast<const char*>(array.Row(at)),
                               count * array.width() * sizeof(T));
  }
  source.padded_bytes = WholeSegments(rows) * array.segment_bytes();
  return source;
}

/// kDataLoss unless section `index` is `rows` rows of the array.
template <typename T>
Status CheckSection(const SectionFile& file, size_t index, size_t rows,
                    const SegmentedArray<T>& array) {
  if (index < file.sections.size() && rows <= kMostRows &&
      file.sections[index].padded_bytes == WholeSegments(rows) * array.segment_bytes()) {
    return Ok();
  }
  return DataLoss("section " + std::to_string(index) + " does not hold " + std::to_string(rows) +
                  " rows of " + std::to_string(array.width() * sizeof(T)) + " bytes");
}

/// Uses the section from the private mapping as it stands: pages come from the file when they are
/// touched, and may go again.
template <typename T>
Status AdoptSection(const SectionFile& file, size_t index, size_t rows, SegmentedArray<T>& array) {
  VG_RETURN_IF_ERROR(CheckSection(file, index, rows, array));
  return array.Adopt(file.memory, file.sections[index].data, WholeSegments(rows));
}

/// Copies the section into memory of the array's own, where random reads cost less.
template <typename T>
Status CopySection(const SectionFile& file, size_t index, size_t rows, SegmentedArray<T>& array) {
  VG_RETURN_IF_ERROR(CheckSection(file, index, rows, array));
  VG_RETURN_IF_ERROR(array.Reserve(rows));
  for (size_t at = 0; at < rows; at += kRowsPerSegment) {
    const size_t count = std::min(kRowsPerSegment, rows - at);
    std::memcpy(array.Row(at), file.sections[index].data + at * array.width() * sizeof(T),
                count * array.width() * sizeof(T));
  }
  return Ok();
}

}  // namespace vecgate::index
