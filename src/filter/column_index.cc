#include "filter/column_index.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"
#include "filter/arithmetic.h"

namespace vecgate::filter {
namespace {

/// A bitmap takes a bit a row, a list 16 bits for each row in it.
constexpr size_t kRowsPerListedRow = 16;

/// What finding a value costs beside looking one up in a set.
constexpr size_t kStepsOfASearch = 4;

template <typename T>
bool HasOrder(const T& value) {
  if constexpr (std::is_floating_point_v<T>) return !std::isnan(value);
  return true;
}

std::partial_ordering Order(int64_t value, int64_t wanted) { return value <=> wanted; }
std::partial_ordering Order(int64_t value, double wanted) { return CompareNumbers(value, wanted); }
std::partial_ordering Order(double value, double wanted) { return value <=> wanted; }
std::partial_ordering Order(double value, int64_t wanted) {
  return 0 <=> CompareNumbers(wanted, value);
}
std::partial_ordering Order(std::string_view value, std::string_view wanted) {
  return value <=> wanted;
}

/// The first position in [0, size) whose value is not before what is wanted; size without one.
template <typename IsBefore>
size_t FirstNot(size_t size, IsBefore&& is_before) {
  size_t begin = 0;
  while (size > 0) {
    const size_t half = size / 2;
    const bool before = is_before(begin + half);
    begin = before ? begin + half + 1 : begin;
    size = before ? size - half - 1 : half;
  }
  return begin;
}

}  // namespace

bool ColumnIndex::CanIndex(DataType type) {
  return type != DataType::kNone && type != DataType::kJson && !IsVector(type);
}

ColumnIndex::ColumnIndex(const Column& column)
    : is_array_(column.type() == DataType::kArray),
      known_(column.num_rows(), true),
      ordered_(column.num_rows()) {
  VG_CHECK(CanIndex(column.type()) && column.num_rows() <= kMostRows);
  for (size_t row = 0; row < column.valid().size(); ++row) {
    if (column.IsNull(row)) known_.Reset(row);
  }
  const DataType type = is_array_ ? column.element_type() : column.type();
  is_bool_ = type == DataType::kBool;
  if (type == DataType::kVarChar) {
    values_ = Texts();
  } else if (type == DataType::kFloat || type == DataType::kDouble) {
    values_ = std::vector<double>();
  }
  switch (column.type()) {
    case DataType::kArray: AddElements(column); break;
    case DataType::kBool: AddEntries<uint8_t>(column); break;
    case DataType::kFloat: AddEntries<float>(column); break;
    case DataType::kDouble: AddEntries<double>(column); break;
    case DataType::kVarChar: AddEntries<std::string>(column); break;
    default: AddEntries<int64_t>(column); break;
  }
  MakeBitmaps();
}

template <typename Stored>
void ColumnIndex::AddEntries(const Column& column) {
  std::visit(
      [&](auto& values) {
        using T = std::decay_t<decltype(values[0])>;
        if constexpr (std::is_convertible_v<const Stored&, T>) {
          const std::vector<Stored>& stored = column.As<Stored>();
          Entries<T> entries;
          entries.reserve(stored.size());
          for (size_t row = 0; row < stored.size(); ++row) {
            if (known_.Test(row) && HasOrder(stored[row])) {
              entries.emplace_back(T(stored[row]), static_cast<uint16_t>(row));
            }
          }
          Take(std::move(entries), values);
        }
      },
      values_);
}

void ColumnIndex::AddElements(const Column& column) {
  std::visit(
      [&](auto& values) {
        using T = std::decay_t<decltype(values[0])>;
        Entries<T> entries;
        const std::vector<Array>& arrays = column.As<Array>();
        for (size_t row = 0; row < arrays.size(); ++row) {
          if (!known_.Test(row)) continue;
          std::visit(
              [&](const auto& items) {
                using Item = typename std::decay_t<decltype(items)>::value_type;
                if constexpr (std::is_convertible_v<const Item&, T>) {
                  for (const Item& item : items) {
                    if (HasOrder(item)) entries.emplace_back(T(item), static_cast<uint16_t>(row));
                  }
                }
              },
              arrays[row]);
        }
        Take(std::move(entries), values);
      },
      values_);
}

template <typename T>
void ColumnIndex::Take(Entries<T> entries, std::vector<T>& values) {
  std::sort(entries.begin(), entries.end());
  TakeRows(entries, [&](const T& value) { values.push_back(value); });
  values.shrink_to_fit();
}

void ColumnIndex::Take(Entries<std::string_view> entries, Texts& values) {
  std::sort(entries.begin(), entries.end());
  TakeRows(entries, [&](std::string_view text) {
    values.bytes += text;
    values.ends.push_back(values.bytes.size());
  });
  values.bytes.shrink_to_fit();
  values.ends.shrink_to_fit();
}

template <typename T, typename Add>
void ColumnIndex::TakeRows(const Entries<T>& entries, Add&& add) {
  starts_.clear();
  rows_.reserve(entries.size());
  for (size_t i = 0; i < entries.size(); ++i) {
    // An array may hold a value twice.
    if (i > 0 && entries[i] == entries[i - 1]) continue;
    if (i == 0 || entries[i].first != entries[i - 1].first) {
      starts_.push_back(static_cast<uint32_t>(rows_.size()));
      add(entries[i].first);
    }
    rows_.push_back(entries[i].second);
    ordered_.Set(entries[i].second);
  }
  starts_.push_back(static_cast<uint32_t>(rows_.size()));
  starts_.shrink_to_fit();
  rows_.shrink_to_fit();
}

void ColumnIndex::MakeBitmaps() {
  for (size_t value = 0; value < num_values(); ++value) {
    const Span span{value, value + 1};
    if (CountOf(span) * kRowsPerListedRow < num_rows()) continue;
    Bitset rows(num_rows());
    for (size_t i = starts_[value]; i < starts_[value + 1]; ++i) rows.Set(rows_[i]);
    bitmaps_.emplace_back(static_cast<uint32_t>(value), std::move(rows));
  }
}

size_t ColumnIndex::SizeBytes() const {
  const size_t bitset_bytes = known_.words().size_bytes();
  size_t bytes = starts_.size() * sizeof(uint32_t) + rows_.size() * sizeof(uint16_t) +
                 (2 + bitmaps_.size()) * bitset_bytes;
  if (const auto* texts = std::get_if<Texts>(&values_)) {
    return bytes + texts->bytes.size() + texts->size() * sizeof(uint64_t);
  }
  return bytes + num_values() * sizeof(int64_t);
}

bool ColumnIndex::IsComparable(const Literal& literal) const {
  if (std::holds_alternative<bool>(literal.value)) return is_bool_;
  if (std::holds_alternative<std::string>(literal.value)) {
    return std::holds_alternative<Texts>(values_);
  }
  if (const auto* real = std::get_if<double>(&literal.value); real && std::isnan(*real)) {
    return false;
  }
  return !is_bool_ && !std::holds_alternative<Literal::List>(literal.value) &&
         !std::holds_alternative<Texts>(values_);
}

ColumnIndex::Span ColumnIndex::EqualTo(const Literal& literal) const {
  if (!IsComparable(literal)) return {};
  return std::visit(
      [](const auto& values, const auto& given) -> Span {
        using Wanted = std::decay_t<decltype(given)>;
        const auto find = [&](const auto wanted) -> Span {
          const size_t begin =
              FirstNot(values.size(), [&](size_t i) { return Order(values[i], wanted) < 0; });
          const bool found = begin < values.size() && Order(values[begin], wanted) == 0;
          return {begin, begin + (found ? 1 : 0)};
        };
        constexpr bool kTexts = std::is_same_v<std::decay_t<decltype(values)>, Texts>;
        if constexpr (std::is_same_v<Wanted, std::string>) {
          if constexpr (kTexts) return find(std::string_view(given));
        } else if constexpr (!std::is_same_v<Wanted, Literal::List> && !kTexts) {
          if constexpr (std::is_same_v<Wanted, bool>) return find(int64_t{given});
          if constexpr (!std::is_same_v<Wanted, bool>) return find(given);
        }
        return {};
      },
      values_, literal.value);
}

void ColumnIndex::AddRows(Span span, Bitset& rows) const {
  const auto add = [&](size_t begin, size_t end) {
    for (size_t i = starts_[begin]; i < starts_[end]; ++i) rows.Set(rows_[i]);
  };
  auto bitmap =
      std::lower_bound(bitmaps_.begin(), bitmaps_.end(), span.begin,
                       [](const auto& entry, size_t value) { return entry.first < value; });
  for (; bitmap != bitmaps_.end() && bitmap->first < span.end; ++bitmap) {
    add(span.begin, bitmap->first);
    rows.Or(bitmap->second);
    span.begin = bitmap->first + size_t{1};
  }
  add(span.begin, span.end);
}

void ColumnIndex::RemoveRows(Span span, Bitset& rows) const {
  Bitset removed(rows.size());
  AddRows(span, removed);
  rows.AndNot(removed);
}

Bitset ColumnIndex::RowsOf(Span span) const {
  // What is left out is the shorter way, where no row has two values.
  if (!is_array_ && CountOf(span) > rows_.size() / 2) {
    Bitset rows = ordered_;
    RemoveRows({0, span.begin}, rows);
    RemoveRows({span.end, num_values()}, rows);
    return rows;
  }
  Bitset rows(num_rows());
  AddRows(span, rows);
  return rows;
}

Bitset ColumnIndex::Compare(Operator op, const Literal& literal) const {
  // NaN is unequal to everything, whether it stands in the column or in the condition.
  if (!IsComparable(literal)) return op == Operator::kNotEqual ? known_ : Bitset(num_rows());
  const Span equal = EqualTo(literal);
  switch (op) {
    case Operator::kEqual: return RowsOf(equal);
    case Operator::kNotEqual: {
      Bitset rows = known_;
      RemoveRows(equal, rows);
      return rows;
    }
    case Operator::kLess: return RowsOf({0, equal.begin});
    case Operator::kLessEqual: return RowsOf({0, equal.end});
    case Operator::kGreater: return RowsOf({equal.end, num_values()});
    default: return RowsOf({equal.begin, num_values()});
  }
}

RowValue ColumnIndex::ValueAt(size_t position) const {
  return std::visit(
      [&](const auto& values) -> RowValue {
        if constexpr (std::is_same_v<std::decay_t<decltype(values)>, std::vector<int64_t>>) {
          if (is_bool_) return values[position] != 0;
        }
        return values[position];
      },
      values_);
}

Bitset ColumnIndex::In(const ItemSet& items) const {
  Bitset rows(num_rows());
  const size_t count = items.integers.size() + items.doubles.size() + items.strings.size();
  if (count * kStepsOfASearch > num_values()) {
    for (size_t i = 0; i < num_values(); ++i) {
      if (IsIn(ValueAt(i), items) == Truth::kTrue) AddRows({i, i + 1}, rows);
    }
    return rows;
  }
  const auto add = [&](Literal item) { AddRows(EqualTo(item), rows); };
  for (const int64_t item : items.integers) add({item});
  for (const double item : items.doubles) add({item});
  for (const std::string& item : items.strings) add({item});
  if (items.has_true) add({true});
  if (items.has_false) add({false});
  return rows;
}

Bitset ColumnIndex::Like(const LikePattern& pattern) const {
  const auto& texts = std::get<Texts>(values_);
  Span span{0, texts.size()};
  const bool prefix = pattern.shape() == LikePattern::Shape::kPrefix ||
                      pattern.shape() == LikePattern::Shape::kExact;
  if (prefix) {
    const std::string_view fixed = pattern.fixed();
    const auto head = [&](size_t i) { return texts[i].substr(0, fixed.size()); };
    span.begin = FirstNot(texts.size(), [&](size_t i) { return head(i) < fixed; });
    span.end = FirstNot(texts.size(), [&](size_t i) { return head(i) <= fixed; });
    if (pattern.shape() == LikePattern::Shape::kPrefix) return RowsOf(span);
  }
  Bitset rows(num_rows());
  for (size_t i = span.begin; i < span.end; ++i) {
    if (pattern.Matches(texts[i])) AddRows({i, i + 1}, rows);
  }
  return rows;
}

Bitset ColumnIndex::Contains(ContainsKind kind, const Literal::List& values) const {
  if (kind == ContainsKind::kAll) {
    Bitset rows = known_;
    for (const Literal& value : values) rows.And(RowsOf(EqualTo(value)));
    return rows;
  }
  Bitset rows(num_rows());
  for (const Literal& value : values) AddRows(EqualTo(value), rows);
  return rows;
}

}  // namespace vecgate::filter
