// ColumnIndex: the values of a column in order, and the rows that hold each.
//
// Distinct values lie ascending. The rows that hold them lie in one list, by value and then by row,
// so a value is a short stretch of the list and a range of values a longer one; a value that one
// row in sixteen holds has a bitmap too. Nulls, and NaN, which has no order, are in no list. For an
// ARRAY column the values are the elements, and a row stands once with each value it holds.
//
// Answers are the same as those of a scan (filter/row_evaluator.h).
//
// Thread safety: immutable once built. Ownership: owns copies of the values; the column may go.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "filter/bitset.h"
#include "filter/row_value.h"
#include "filter/typed_tree.h"
#include "model/column.h"

namespace vecgate::filter {

class ColumnIndex {
 public:
  /// Row numbers take two bytes each.
  static constexpr size_t kMostRows = size_t{1} << 16;

  /// Bool, integers, floats and texts, and arrays of these; not JSON, not vectors.
  static bool CanIndex(DataType type);

  /// REQUIRES: CanIndex(column.type()), and at most kMostRows rows.
  explicit ColumnIndex(const Column& column);

  [[nodiscard]] size_t num_rows() const { return known_.size(); }
  [[nodiscard]] size_t SizeBytes() const;
  /// The rows that are not null.
  [[nodiscard]] const Bitset& known() const { return known_; }

  /// Each of these: the rows for which the condition is true.
  /// `column op literal`, a comparison. REQUIRES: the column is no array.
  [[nodiscard]] Bitset Compare(Operator op, const Literal& literal) const;
  [[nodiscard]] Bitset In(const ItemSet& items) const;
  /// REQUIRES: the column is VARCHAR.
  [[nodiscard]] Bitset Like(const LikePattern& pattern) const;
  /// REQUIRES: the column is an array.
  [[nodiscard]] Bitset Contains(ContainsKind kind, const Literal::List& values) const;

 private:
  /// Distinct texts one after another; text i ends where `ends[i]` says.
  struct Texts {
    std::string bytes;
    std::vector<uint64_t> ends;

    [[nodiscard]] size_t size() const { return ends.size(); }
    [[nodiscard]] std::string_view operator[](size_t i) const {
      const size_t begin = i == 0 ? 0 : ends[i - 1];
      return {bytes.data() + begin, ends[i] - begin};
    }
  };
  /// Positions of distinct values, [begin, end).
  struct Span {
    size_t begin = 0;
    size_t end = 0;
  };
  template <typename T>
  using Entries = std::vector<std::pair<T, uint16_t>>;

  template <typename T>
  void AddEntries(const Column& column);
  void AddElements(const Column& column);
  template <typename T>
  void Take(Entries<T> entries, std::vector<T>& values);
  void Take(Entries<std::string_view> entries, Texts& values);
  /// Notes where the rows of each value begin, for sorted entries; calls add(value) for each value.
  template <typename T, typename Add>
  void TakeRows(const Entries<T>& entries, Add&& add);
  void MakeBitmaps();

  [[nodiscard]] size_t num_values() const { return starts_.size() - 1; }
  /// The value that equals the literal, or the empty place where it would stand; at 0 for NaN and
  /// for literals of another kind, which equal nothing.
  [[nodiscard]] Span EqualTo(const Literal& literal) const;
  [[nodiscard]] bool IsComparable(const Literal& literal) const;
  [[nodiscard]] RowValue ValueAt(size_t position) const;
  /// Adds the rows of a span of values, or takes them out.
  void AddRows(Span span, Bitset& rows) const;
  void RemoveRows(Span span, Bitset& rows) const;
  [[nodiscard]] Bitset RowsOf(Span span) const;
  [[nodiscard]] size_t CountOf(Span span) const { return starts_[span.end] - starts_[span.begin]; }

  /// Bool and every integer; FLOAT and DOUBLE, which keep their order as doubles; text.
  std::variant<std::vector<int64_t>, std::vector<double>, Texts> values_;
  bool is_bool_ = false;
  bool is_array_ = false;
  std::vector<uint32_t> starts_ = {0};  ///< Where each value's rows begin, and the end of all.
  std::vector<uint16_t> rows_;
  Bitset known_;
  Bitset ordered_;  ///< Rows in the list: not null, not NaN.
  /// Values with a bitmap, ascending, and their bitmaps.
  std::vector<std::pair<uint32_t, Bitset>> bitmaps_;
};

}  // namespace vecgate::filter
