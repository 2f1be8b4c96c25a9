// Bitset: a dense set of row numbers, one bit a row in 64-bit words.
//
// Thread safety: a value. Bits at and beyond size() are always zero, so whole words may be
// combined and counted without masking.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
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
  void Flip() {
    for (uint64_t& word : words_) word = ~word;
    ClearTail();
  }

  [[nodiscard]] size_t Count() const {
    size_t count = 0;
    for (const uint64_t word : words_) count += static_cast<size_t>(std::popcount(word));
    return count;
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

}  // namespace vecgate::filter
