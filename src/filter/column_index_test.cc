// The same rows match with an index as by a scan: random conditions over random rows of every type
// that an index takes, with nulls, NaN, and integers that no double holds. The scan is the one that
// filter_random_test.cc holds against an independent evaluator. VECGATE_TEST_SEED replays.
#include "filter/column_index.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <limits>

#include "base/rng.h"
#include "filter/filter.h"
#include "filter/test_rows.h"

namespace vecgate::filter {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
constexpr double kInfinity = std::numeric_limits<double>::infinity();

class Generator {
 public:
  explicit Generator(uint64_t seed) : rng_(seed) {}

  /// A row of TestRows' schema; one value in ten is null. "id" is different in every row.
  void AddRow(int64_t id, const CollectionSchema& schema, RowBatch& batch) {
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      Column& column = batch.columns[i];
      if (IsVector(column.type())) continue;
      const bool null = schema.fields[i].nullable && rng_.Chance(0.1);
      column.Append(null ? Value{} : i == 0 ? Value{id} : ValueOf(schema.fields[i]));
    }
  }

  std::string Condition(int depth) {
    if (depth > 0 && rng_.Chance(0.6)) {
      const std::string first = Condition(depth - 1);
      switch (rng_.Below(3)) {
        case 0: return "not (" + first + ")";
        case 1: return "(" + first + ") and (" + Condition(depth - 1) + ")";
        default: return "(" + first + ") or (" + Condition(depth - 1) + ")";
      }
    }
    switch (rng_.Below(7)) {
      case 0:
      case 1: return Number() + " " + Op() + " " + NumberText();
      case 2: return "s " + Op() + " " + Quoted(Text());
      case 3: return In();
      case 4: return "s like " + Quoted(Pick({"a%", "ab%", "%", "ab", "%b", "%a%", "a_", "z%"}));
      case 5: return Contains();
      default:
        return Pick({"b", "b == false", "i8 is null", "s is not null", "ai is null", "f < d"});
    }
  }

 private:
  std::string Pick(std::initializer_list<const char*> items) {
    return items.begin()[rng_.Below(items.size())];
  }
  std::string Op() { return Pick({"==", "!=", "<", "<=", ">", ">="}); }
  std::string Number() { return Pick({"id", "i8", "big", "f", "d"}); }
  std::string NumberText() {
    return Pick({"0", "-1", "2", "150", "0.5", "-2.0", "0.1", "9007199254740993",
                 "9007199254740992.0", "9223372036854775807", "1e300", "-1e300", "{nan}", "{inf}"});
  }
  std::string Text() { return Pick({"", "a", "ab", "abc", "b", "é", "zz", "\xff"}); }
  static std::string Quoted(const std::string& text) { return "\"" + text + "\""; }

  template <typename Make>
  std::string List(size_t most, Make&& make) {
    std::string out;
    for (size_t n = rng_.Below(most); n > 0; --n) out += (out.empty() ? "" : ", ") + make();
    return "[" + out + "]";
  }
  std::string In() {
    const std::string word = rng_.Chance(0.5) ? " in " : " not in ";
    const auto number = [&] { return std::to_string(rng_.Between(-5, 200)); };
    switch (rng_.Below(4)) {
      case 0: return "s" + word + List(5, [&] { return Quoted(Text()); });
      case 1: return "d" + word + List(5, [&] { return Pick({"0.5", "-2", "3", "1e300"}); });
      case 2: return "b" + word + List(3, [&] { return Pick({"true", "false"}); });
      // More items than there are values, at times.
      default: return Pick({"id", "i8"}) + word + List(100, number);
    }
  }
  std::string Contains() {
    const std::string array = Pick({"ai", "as", "af", "ab"});
    const auto item = [&] {
      if (array == "as") return Quoted(Text());
      if (array == "ab") return Pick({"true", "false"});
      return array == "af" ? Pick({"0.1", "2", "-2.0"}) : std::to_string(rng_.Between(-3, 3));
    };
    const std::string kind = Pick({"", "_all", "_any"});
    return "array_contains" + kind + "(" + array + ", " + (kind.empty() ? item() : List(4, item)) +
           ")";
  }

  double Real() {
    const double values[] = {0.1, 0.5, -2.0, 3.0, -0.0, 1e300, 9007199254740992.0, kNan, kInfinity};
    return values[rng_.Below(std::size(values))];
  }
  int64_t Big() {
    const int64_t values[] = {INT64_MIN, INT64_MAX, 9007199254740993, 9007199254740992, -1, 0};
    return values[rng_.Below(std::size(values))];
  }
  template <typename T, typename Make>
  Value ArrayOf(Make&& make) {
    std::vector<T> items;
    for (size_t n = rng_.Below(4); n > 0; --n) items.push_back(static_cast<T>(make()));
    return Array{std::move(items)};
  }
  Value ValueOf(const FieldSchema& field) {
    const auto small = [&] { return rng_.Between(-3, 3); };
    switch (field.type) {
      case DataType::kBool: return rng_.Chance(0.5);
      case DataType::kInt64: return Big();
      case DataType::kFloat: return static_cast<float>(std::min(Real(), 1e30));
      case DataType::kDouble: return Real();
      case DataType::kVarChar: return Text();
      case DataType::kJson: return std::string(rng_.Chance(0.5) ? R"({"x":1})" : "{}");
      case DataType::kArray: break;
      default: return small();
    }
    switch (field.element_type) {
      case DataType::kBool: return ArrayOf<uint8_t>([&] { return rng_.Below(2); });
      case DataType::kVarChar: return ArrayOf<std::string>([&] { return Text(); });
      case DataType::kFloat: return ArrayOf<float>([&] { return std::min(Real(), 1e30); });
      default: return ArrayOf<int64_t>(small);
    }
  }

  Rng rng_;
};

/// Random rows with an index on every column that takes one.
struct Rows {
  Rows(size_t count, Generator& generator) : batch(MakeBatch(schema())) {
    for (size_t row = 0; row < count; ++row) {
      generator.AddRow(static_cast<int64_t>(row), schema(), batch);
    }
    for (const Column& column : batch.columns) {
      columns.push_back(&column);
      const bool takes = ColumnIndex::CanIndex(column.type());
      indexes.push_back(takes ? std::make_unique<ColumnIndex>(column) : nullptr);
      pointers.push_back(indexes.back().get());
    }
  }
  static const CollectionSchema& schema() {
    static const TestRows rows;
    return rows.schema();
  }

  RowBatch batch;
  std::vector<const Column*> columns;
  std::vector<std::unique_ptr<ColumnIndex>> indexes;
  std::vector<const ColumnIndex*> pointers;
};

TEST(ColumnIndexTest, RandomConditionsMatchTheSameRowsAsAScan) {
  const char* given = std::getenv("VECGATE_TEST_SEED");
  const uint64_t seed = given != nullptr ? std::strtoull(given, nullptr, 10) : 20260301;
  const int rounds = given != nullptr ? 1 : 30;
  const TemplateValues values{{"nan", {kNan}}, {"inf", {kInfinity}}};
  for (int round = 0; round < rounds; ++round) {
    const uint64_t round_seed = seed + static_cast<uint64_t>(round);
    Generator generator(round_seed);
    // 1 to 300 rows: bits that end in the middle of a word, and bitmaps of common values.
    const Rows rows(1 + round_seed * 37 % 300, generator);
    const size_t count = rows.batch.num_rows();
    for (int i = 0; i < 200; ++i) {
      const std::string text = generator.Condition(3);
      const auto filter = Compile(text, Rows::schema(), values);
      ASSERT_TRUE(filter.ok()) << "seed " << round_seed << ": " << filter.error().message;
      Bitset candidates(count, true);
      for (size_t row = i % 3; i % 2 == 0 && row < count; row += 3) candidates.Reset(row);
      const Bitset found = EvaluateAmong(**filter, rows.columns, candidates, rows.pointers);
      const Bitset scanned = EvaluateAmong(**filter, rows.columns, candidates);
      for (size_t row = 0; row < count; ++row) {
        const bool expected = candidates.Test(row) && Matches(**filter, rows.columns, row);
        ASSERT_EQ(found.Test(row), expected)
            << "by index: seed " << round_seed << ", row " << row << ": " << text;
        ASSERT_EQ(scanned.Test(row), expected)
            << "by scan: seed " << round_seed << ", row " << row << ": " << text;
      }
    }
  }
}

// A filter whose column says one thing and whose index another shows which of them was asked. (When
// few rows are left they are asked one by one.)
TEST(ColumnIndexTest, IsAskedInPlaceOfItsColumn) {
  const CollectionSchema& schema = Rows::schema();
  RowBatch stored = MakeBatch(schema);
  RowBatch indexed = MakeBatch(schema);
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    const bool known = schema.fields[i].name == "i8" || schema.fields[i].name == "s";
    for (int64_t row = 0; row < 100; ++row) {
      const bool text = schema.fields[i].type == DataType::kVarChar;
      const Value one = text ? Value{std::string("old")} : Value{int64_t{1}};
      const Value two = text ? Value{std::string("new")} : Value{row};
      if (known) stored.columns[i].Append(one);
      if (known) indexed.columns[i].Append(two);
    }
  }
  std::vector<const Column*> columns;
  std::vector<std::unique_ptr<ColumnIndex>> owned;
  std::vector<const ColumnIndex*> indexes;
  for (size_t i = 0; i < schema.fields.size(); ++i) {
    const bool known = indexed.columns[i].num_rows() > 0;
    columns.push_back(known ? &stored.columns[i] : nullptr);
    owned.push_back(known ? std::make_unique<ColumnIndex>(indexed.columns[i]) : nullptr);
    indexes.push_back(owned.back().get());
  }
  const auto count = [&](const char* text) {
    const auto filter = Compile(text, schema);
    EXPECT_TRUE(filter.ok()) << text;
    return EvaluateAmong(**filter, columns, Bitset(100, true), indexes).Count();
  };
  EXPECT_EQ(count("i8 == 7"), 1U);
  EXPECT_EQ(count("i8 != 7"), 99U);
  EXPECT_EQ(count("i8 < 10"), 10U);
  EXPECT_EQ(count("10 <= i8 < 95"), 85U);
  EXPECT_EQ(count("i8 in [1, 2, 3, 200]"), 3U);
  EXPECT_EQ(count("s like 'n%'"), 100U);
  EXPECT_EQ(count("not (s == 'old') and i8 > 17"), 82U);
  // Arithmetic is left to the column.
  EXPECT_EQ(count("i8 + 1 == 2"), 100U);
}

// 8,192 rows: 2 bytes a row in the list, then the values: eight bytes and where their rows begin.
TEST(ColumnIndexTest, TakesTwoBytesARowAndTwelveAValue) {
  constexpr size_t kRows = 8192;
  constexpr size_t kBitsets = 2 * kRows / 8;
  Column few(DataType::kInt64);
  Column all(DataType::kInt64);
  for (size_t row = 0; row < kRows; ++row) {
    few.Append(static_cast<int64_t>(row % 100));
    all.Append(static_cast<int64_t>(row));
  }
  EXPECT_EQ(ColumnIndex(few).SizeBytes(), kBitsets + 2 * kRows + 100 * 12 + 4);
  EXPECT_EQ(ColumnIndex(all).SizeBytes(), kBitsets + 2 * kRows + kRows * 12 + 4);
}

}  // namespace
}  // namespace vecgate::filter
