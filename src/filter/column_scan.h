// Loops of the column evaluator: one condition on a block of rows, 64 rows a word.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <span>
#include <vector>

#include "filter/bitset.h"
#include "filter/column_index.h"
#include "filter/row_value.h"
#include "model/column.h"

namespace vecgate::filter {

/// By field, null for fields without: indexes over exactly the rows of a block.
using ColumnIndexes = std::span<const ColumnIndex* const>;

/// The rows [begin, begin + candidates.size()) and which of them are asked for.
struct Block {
  Columns columns;
  size_t begin = 0;
  const Bitset& candidates;
  ColumnIndexes indexes{};
};

/// The word of rows that are not null, rows `first` to `first + count`.
inline uint64_t ValidWord(const Column& column, size_t first, size_t count) {
  const std::vector<uint8_t>& valid = column.valid();
  if (valid.empty()) return ~uint64_t{0};
  uint64_t word = 0;
  for (size_t i = 0; i < count; ++i) word |= static_cast<uint64_t>(valid[first + i] != 0) << i;
  return word;
}

/// The candidates for which holds(row) is `wanted`, asked of every row of each word that has a
/// candidate: for cheap conditions, where a loop without branches beats skipping. Null is unknown.
template <typename Holds>
Bitset ScanDense(const Block& block, const Column& column, Truth wanted, const Holds& holds) {
  const size_t rows = block.candidates.size();
  Bitset out(rows);
  const auto candidates = block.candidates.words();
  const uint64_t flip = wanted == Truth::kTrue ? 0 : ~uint64_t{0};
  for (size_t w = 0; w < candidates.size(); ++w) {
    if (candidates[w] == 0) continue;
    const size_t first = block.begin + w * Bitset::kWordBits;
    const size_t count = std::min(Bitset::kWordBits, rows - w * Bitset::kWordBits);
    out.mutable_words()[w] =
        (PackWord(first, count, holds) ^ flip) & candidates[w] & ValidWord(column, first, count);
  }
  return out;
}

/// The candidates for which truth(row) is `wanted`, asked of each candidate alone: for conditions
/// that cost more than a branch.
template <typename TruthAt>
Bitset ScanSparse(const Block& block, Truth wanted, const TruthAt& truth_at) {
  Bitset out(block.candidates.size());
  block.candidates.ForEach([&](size_t bit) {
    if (truth_at(block.begin + bit) == wanted) out.Set(bit);
  });
  return out;
}

/// Calls scan(holds) with the two-argument comparison of `op`, so that the loop inside is compiled
/// once for each operator.
template <typename Scan>
Bitset WithOperator(Operator op, const Scan& scan) {
  switch (op) {
    case Operator::kEqual: return scan([](const auto& a, const auto& b) { return a == b; });
    case Operator::kNotEqual: return scan([](const auto& a, const auto& b) { return a != b; });
    case Operator::kLess: return scan([](const auto& a, const auto& b) { return a < b; });
    case Operator::kLessEqual: return scan([](const auto& a, const auto& b) { return a <= b; });
    case Operator::kGreater: return scan([](const auto& a, const auto& b) { return a > b; });
    default: return scan([](const auto& a, const auto& b) { return a >= b; });
  }
}

}  // namespace vecgate::filter
