// Loops of the column evaluator: one condition on a block of rows, 64 rows a word.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <vector>

#include "filter/bitset.h"
#include "filter/row_value.h"
#include "model/column.h"

namespace vecgate::filter {

/// Three-valued truth of a block of rows: bits of rows that are true, and of rows that are false;
/// in neither: unknown, or not asked for.
struct TruthBits {
  Bitset yes;
  Bitset no;
};

/// The rows [begin, begin + candidates.size()) and which of them are asked for.
struct Block {
  Columns columns;
  size_t begin = 0;
  const Bitset& candidates;
};

/// The word of rows that are not null, rows `first` to `first + count`.
inline uint64_t ValidWord(const Column& column, size_t first, size_t count) {
  const std::vector<uint8_t>& valid = column.valid();
  if (valid.empty()) return ~uint64_t{0};
  uint64_t word = 0;
  for (size_t i = 0; i < count; ++i) word |= static_cast<uint64_t>(valid[first + i] != 0) << i;
  return word;
}

/// holds(row) for every row of each word that has a candidate: for cheap conditions, where a
/// loop without branches beats skipping.
template <typename Holds>
TruthBits ScanDense(const Block& block, const Column& column, Holds&& holds) {
  const size_t rows = block.candidates.size();
  TruthBits out{Bitset(rows), Bitset(rows)};
  const auto candidates = block.candidates.words();
  for (size_t w = 0; w < candidates.size(); ++w) {
    if (candidates[w] == 0) continue;
    const size_t first = block.begin + w * Bitset::kWordBits;
    const size_t count = std::min(Bitset::kWordBits, rows - w * Bitset::kWordBits);
    uint64_t bits = 0;
    for (size_t i = 0; i < count; ++i) bits |= static_cast<uint64_t>(holds(first + i)) << i;
    const uint64_t known = candidates[w] & ValidWord(column, first, count);
    out.yes.mutable_words()[w] = bits & known;
    out.no.mutable_words()[w] = ~bits & known;
  }
  return out;
}

/// truth(row) for each candidate alone: for conditions that cost more than a branch.
template <typename TruthAt>
TruthBits ScanSparse(const Block& block, TruthAt&& truth_at) {
  const size_t rows = block.candidates.size();
  TruthBits out{Bitset(rows), Bitset(rows)};
  block.candidates.ForEach([&](size_t bit) {
    const Truth truth = truth_at(block.begin + bit);
    if (truth == Truth::kTrue) out.yes.Set(bit);
    if (truth == Truth::kFalse) out.no.Set(bit);
  });
  return out;
}

/// Calls scan(holds) with the two-argument comparison of `op`, so that the loop inside is compiled
/// once for each operator.
template <typename Scan>
TruthBits WithOperator(Operator op, Scan&& scan) {
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
