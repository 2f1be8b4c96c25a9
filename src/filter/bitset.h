// Bitset: a dense set of row numbers, one bit a row in 64-bit words.
//
// Thread safety: a value. Bits at and beyond size() are always zero, so whole words may be
// combined and counted without masking.
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

namespace vecgate::filter {

class Bitset {
 public:
  static constexpr size_t kWordBits = 64;

  Bitset() = default;
  /// `size` bits, all zero or all one.
  explicit Bitset(size_t size, bool value = false)
      : size_(size), words_((size + kWordBits - 1) / kWordBits, value ? ~uint64_t{0} : 0) {
    ClearTail();
  }

  [[nodiscard]] size_t size() const { return size_; }
  [[nodiscard]] bool Test(size_t bit) const {
    return ((words_[bit / kWordBits] >> (bit % kWordBits)) & 1) != 0;
  }
  void Set(size_t bit) { words_[bit / kWordBits] |= uint64_t{1} << (bit % kWordBits); }
  void Reset(size_t bit) { words_[bit / kWordBits] &= ~(uint64_t{1} << (bit % kWordBits)); }

  /// Bit i stands in word i / 64 at position i % 64.
  [[nodiscard]] std::span<const uint64_t> words() const { return words_; }
  /// For whole-word writers; call ClearTail() after setting bits in the last word.
  [[nodiscard]] std::span<uint64_t> mutable_words() { return words_; }
  void ClearTail() {
    if (size_ % kWordBits != 0) words_.back() &= (uint64_t{1} << (size_ % kWordBits)) - 1;
  }

  /// REQUIRES: other.size() == size(), here and below.
  Bitset& And(const Bitset& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= other.words_[i];
    return *this;
  }
  Bitset& Or(const Bitset& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] |= other.words_[i];
    return *this;
  }
  Bitset& AndNot(const Bitset& other) {
    for (size_t i = 0; i < words_.size(); ++i) words_[i] &= ~other.words_[i];
    return *this;
  }
  /// Sets bit `at + i` for each bit i of `other`. REQUIRES: at + other.size() <= size().
  void OrAt(size_t at, const Bitset& other) {
    const size_t first = at / kWordBits;
    const size_t shift = at % kWordBits;
    for (size_t i = 0; i < other.words_.size(); ++i) {
      const uint64_t word = other.words_[i];
      if (word == 0) continue;
      words_[first + i] |= word << shift;
      // Zero where it would be beyond the last word, for bits at and beyond size() are.
      const uint64_t carried = shift == 0 ? 0 : word >> (kWordBits - shift);
      if (carried != 0) words_[first + i + 1] |= carried;
    }
  }
  void Flip() {
    for (uint64_t& word : words_) word = ~word;
    ClearTail();
  }

  [[nodiscard]] size_t Count() const {
    size_t count = 0;
    for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
    return count;
  }
  /// Count() <= most, without counting on.
  [[nodiscard]] bool HasAtMost(size_t most) const {
    size_t count = 0;
    for (const uint64_t word : words_) {
      count += static_cast<size_t>(std::popcount(word));
      if (count > most) return false;
    }
    return true;
  }
  [[nodiscard]] bool None() const {
    for (const uint64_t word : words_) {
      if (word != 0) return false;
    }
    return true;
  }
  /// The first set bit at or after `bit`; size() when there is none.
  [[nodiscard]] size_t NextSet(size_t bit) const {
    if (bit >= size_) return size_;
    size_t i = bit / kWordBits;
    uint64_t word = words_[i] & (~uint64_t{0} << (bit % kWordBits));
    while (word == 0) {
      if (++i == words_.size()) return size_;
      word = words_[i];
    }
    return i * kWordBits + static_cast<size_t>(std::countr_zero(word));
  }
  /// Calls visit(row) for each set bit, in ascending order.
  template <typename Visit>
  void ForEach(Visit&& visit) const {
    for (size_t i = 0; i < words_.size(); ++i) {
      for (uint64_t word = words_[i]; word != 0; word &= word - 1) {
        visit(i * kWordBits + static_cast<size_t>(std::countr_zero(word)));
      }
    }
  }

  bool operator==(const Bitset&) const = default;

 private:
  size_t size_ = 0;
  std::vector<uint64_t> words_;
};

/// Bit i: holds(first + i), for `count` rows, at most a word. Flags first and their packing after
/// them are two loops that a compiler turns into vector instructions; one loop of shifts is not.
template <typename Holds>
uint64_t PackWord(size_t first, size_t count, const Holds& holds) {
  std::array<uint8_t, Bitset::kWordBits> flags{};
  if (count == Bitset::kWordBits) {
    for (size_t i = 0; i < Bitset::kWordBits; ++i) flags[i] = holds(first + i) ? 1 : 0;
  } else {
    for (size_t i = 0; i < count; ++i) flags[i] = holds(first + i) ? 1 : 0;
  }
  uint64_t word = 0;
  for (size_t byte = 0; byte < sizeof(word); ++byte) {
    uint64_t eight = 0;
    std::memcpy(&eight, &flags[byte * 8], sizeof(eight));
    // Gathers the lowest bit of each byte in the highest byte, the first in its lowest bit.
    word |= ((eight * 0x0102040810204080ULL) >> 56) << (byte * 8);
  }
  return word;
}

}  // namespace vecgate::filter
