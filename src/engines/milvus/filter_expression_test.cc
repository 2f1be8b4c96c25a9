// Filters as Milvus' expressions: what is written, and that a real server answers as the filter
// itself does.
#include "engines/milvus/filter_expression.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <limits>

#include "base/rng.h"
#include "engines/milvus/server_fixture.h"
#include "filter/test_rows.h"

namespace vecgate::milvus_engine {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr CollectionId kRowsId{3};

CollectionSchema Schema() {
  const filter::TestRows rows;
  return rows.schema();
}

Layout TestLayout() {
  auto layout = LayOut({.id = kRowsId, .schema = Schema()}, "t_");
  EXPECT_TRUE(layout.ok());
  return *layout;
}

Condition Lowered(std::string_view text) {
  const auto compiled = filter::Compile(text, Schema());
  EXPECT_TRUE(compiled.ok()) << compiled.error().message;
  return compiled.ok() ? ToCondition(**compiled, TestLayout()) : Condition{};
}

TEST(FilterExpressionTest, WritesLiteralsThatReadBackAsTheyAre) {
  EXPECT_EQ(Lowered("id == 5").expression.text(), "id == 5");
  EXPECT_EQ(Lowered("id > 2.5").expression.text(), "id > 2");
  EXPECT_EQ(RealLiteral(5), "5.0");
  EXPECT_EQ(RealLiteral(1e300), "1e+300");
  EXPECT_EQ(TextLiteral("a\"b\\c\n'é"), "\"a\\\"b\\\\c\\u000a'é\"");
  EXPECT_FALSE(TextLiteral("\xff").has_value());
  EXPECT_FALSE(TextLiteral("\xed\xa0\x80").has_value());
  EXPECT_FALSE(TextLiteral("\xc3").has_value());
}

TEST(FilterExpressionTest, TheLeastIntegerIsComparedByItsNeighbour) {
  const auto least = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(CompareInt("x", filter::Operator::kEqual, least).text(), "x < -9223372036854775807");
  EXPECT_EQ(CompareInt("x", filter::Operator::kGreater, least).text(), "x >= -9223372036854775807");
  EXPECT_TRUE(CompareInt("x", filter::Operator::kLess, least).is_none());
  const std::vector<int64_t> both = {least, 4};
  EXPECT_EQ(IntIn("x", both).text(), "(x < -9223372036854775807 or x in [4])");
}

TEST(FilterExpressionTest, NothingOfAValueOrAKeyIsTakenForSyntax) {
  const Condition text = Lowered(R"(s == "\" or id > 0 or s == \"")");
  EXPECT_THAT(text.expression.text(), HasSubstr(R"("\" or id > 0 or s == \"")"));
  // A key that could be read otherwise stays out of the expression altogether.
  const Condition key = Lowered(R"(j["a\"] == 1 or id > 0 or j[\"b"] == 1)");
  EXPECT_FALSE(key.is_exact);
  EXPECT_TRUE(key.expression.is_all() || key.expression.text().find("id > 0") == std::string::npos);
}

TEST(FilterExpressionTest, WhatMilvusCannotSayAdmitsMoreRows) {
  for (const char* text : {"s like '%x'", "id + 1 == 3", "ai[0] == 1", "j['a'] != 1",
                           "not (j['a'] == 1)", "array_length(ai) > 1", "json_contains(j, 1)"}) {
    EXPECT_FALSE(Lowered(text).is_exact) << text;
    EXPECT_TRUE(Lowered(text).expression.is_all()) << text;
  }
  const Condition both = Lowered("id < 5 and s like '%x'");
  EXPECT_FALSE(both.is_exact);
  EXPECT_EQ(both.expression.text(), "id < 5");
}

class Expressions {
 public:
  explicit Expressions(uint64_t seed) : rng_(seed) {}

  std::string Any(int depth) {
    if (depth == 0 || rng_.Chance(0.4)) return Leaf();
    switch (rng_.Below(3)) {
      case 0: return fmt::format("({} and {})", Any(depth - 1), Any(depth - 1));
      case 1: return fmt::format("({} or {})", Any(depth - 1), Any(depth - 1));
      default: return fmt::format("not ({})", Any(depth - 1));
    }
  }

 private:
  template <typename... Choices>
  std::string Pick(Choices... choices) {
    const std::vector<std::string> all = {choices...};
    return all[rng_.Below(all.size())];
  }
  std::string Number() {
    return Pick("0", "1", "-1", "5", "7", "127", "-128", "300", "2.5", "0.1", "1e30", "-0.5",
                "9007199254740993", "9223372036854775807", "-9223372036854775807", "1.0");
  }
  std::string Text() {
    return Pick(R"("a")", R"("b\"c")", R"("")", R"("it's")", R"("ä")", R"("x%")", R"("10\n")");
  }
  std::string Compare() { return Pick("==", "!=", "<", "<=", ">", ">="); }

  std::string Leaf() {
    switch (rng_.Below(14)) {
      case 0: return fmt::format("{} {} {}", Pick("id", "i8", "big"), Compare(), Number());
      case 1: return fmt::format("{} {} {}", Pick("f", "d"), Compare(), Number());
      case 2: return fmt::format("{} {} {}", Pick("s", "s2"), Compare(), Text());
      case 3: return fmt::format("b {} {}", Pick("==", "!="), Pick("true", "false"));
      case 4:
        return fmt::format("{} {} [1, 5, -128, 7]", Pick("id", "i8", "big"), Pick("in", "not in"));
      case 5: return fmt::format("s {} [{}, {}]", Pick("in", "not in"), Text(), Text());
      case 6:
        return fmt::format("s like {}",
                           Pick(R"("a%")", R"("%b%")", R"("x\\%")", R"("b_c")", R"("it%")"));
      case 7:
        return fmt::format("{} is {}null", Pick("i8", "s", "f", "b", "ai", "j"), Pick("", "not "));
      case 8:
        return fmt::format("array_contains{}(ai, {})", Pick("_any", "_all"),
                           Pick("[1]", "[1, 2]", "[7, 3]"));
      case 9:
        return fmt::format("array_contains({})",
                           Pick("ai, 2", "as, \"a\"", "as, \"b\\\"c\"", "af, 0.5", "ab, true"));
      case 10:
        return fmt::format("j[\"{}\"] {} {}", Pick("a", "b", "k k"), Compare(),
                           Pick("1", "2.5", "\"x\"", "true"));
      case 11:
        return fmt::format("{} {} {}", Pick("dyn", "other", "$meta[\"dyn\"]"), Compare(),
                           Pick("1", "\"x\"", "0.5"));
      case 12:
        return fmt::format("{}exists {}", Pick("", "not "), Pick("j[\"a\"]", "dyn", "other"));
      default:
        return fmt::format("{} in [{}]", Pick("f", "d", "dyn", "j[\"a\"]"),
                           Pick("1, 2.5", "0.1", "0.5, 7"));
    }
  }

  Rng rng_;
};

/// Rows of every type, with nulls and odd values.
RowBatch RandomRows(Rng& rng, int64_t count) {
  const CollectionSchema schema = Schema();
  RowBatch batch = MakeBatch(schema);
  const std::string texts[] = {"a", "b\"c", "", "it's", "ä", "x%", "10\n", "abc", "bxc"};
  const std::string documents[] = {R"({"a":1})",    R"({"a":2.5,"b":"x"})",  R"({"a":"x"})",
                                   R"({"a":null})", R"({"k k":1,"b":true})", "3",
                                   R"([1,2])",      R"({"a":{"b":1}})",      R"({"a":1.0})"};
  const std::string dynamics[] = {"{}", R"({"dyn":1})", R"({"dyn":"x"})", R"({"dyn":0.5})",
                                  R"({"dyn":null,"other":1})"};
  const int64_t numbers[] = {0, 1, -1, 5, 7, 127, -128};
  const double reals[] = {0, 0.1, 2.5, -0.5, 1e30, 7, 1};
  for (int64_t id = 0; id < count; ++id) {
    for (size_t i = 0; i < schema.fields.size(); ++i) {
      const FieldSchema& field = schema.fields[i];
      Column& column = batch.columns[i];
      if (field.is_primary_key) {
        column.Append(id - 3);
      } else if (IsVector(field.type)) {
        column.AppendVector(std::vector<float>{static_cast<float>(id), 1});
      } else if (field.is_dynamic) {
        column.Append(dynamics[rng.Below(std::size(dynamics))]);
      } else if (field.nullable && rng.Chance(0.25)) {
        column.Append(std::monostate{});
      } else if (field.type == DataType::kVarChar) {
        column.Append(texts[rng.Below(std::size(texts))]);
      } else if (field.type == DataType::kJson) {
        column.Append(documents[rng.Below(std::size(documents))]);
      } else if (field.type == DataType::kBool) {
        column.Append(rng.Chance(0.5));
      } else if (field.type == DataType::kFloat) {
        column.Append(static_cast<float>(reals[rng.Below(std::size(reals))]));
      } else if (field.type == DataType::kDouble) {
        column.Append(reals[rng.Below(std::size(reals))]);
      } else if (field.type == DataType::kArray) {
        Array array = EmptyArray(field.element_type);
        for (uint64_t n = rng.Below(4); n > 0; --n) {
          if (auto* ints = std::get_if<std::vector<int64_t>>(&array))
            ints->push_back(numbers[rng.Below(5)]);
          if (auto* all = std::get_if<std::vector<std::string>>(&array))
            all->push_back(texts[rng.Below(4)]);
          if (auto* all = std::get_if<std::vector<float>>(&array)) all->push_back(0.5F);
          if (auto* all = std::get_if<std::vector<uint8_t>>(&array)) all->push_back(1);
        }
        column.Append(array);
      } else {
        column.Append(numbers[rng.Below(std::size(numbers))]);
      }
    }
  }
  return batch;
}

TEST(FilterExpressionTest, AServerAnswersAsTheFilterItself) {
  const char* given = std::getenv("VECGATE_TEST_SEED");
  const uint64_t seed = given == nullptr ? 20261126 : std::strtoull(given, nullptr, 10);
  SCOPED_TRACE(fmt::format("VECGATE_TEST_SEED={}", seed));
  MilvusOptions options = TestOptions("filters");
  options.sole_writer = true;
  auto engine = MilvusEngine::Open(options);
  ASSERT_TRUE(engine.ok());
  const auto context = OpContext::WithTimeout(std::chrono::minutes(2));
  const CollectionSchema schema = Schema();
  ASSERT_TRUE((*engine)->CreateCollection(context, {kRowsId, schema}).ok());
  Rng rng(seed);
  const RowBatch batch = RandomRows(rng, 150);
  ASSERT_TRUE(ValidateBatch(schema, batch).ok());
  const auto written = (*engine)->Write(context, kRowsId, WriteMode::kInsert, batch);
  ASSERT_TRUE(written.ok()) << written.error().message;
  std::vector<const Column*> columns;
  for (const Column& column : batch.columns) columns.push_back(&column);
  Expressions expressions(seed);
  int compared = 0;
  for (int i = 0; i < 400 && !HasFailure(); ++i) {
    const std::string text = expressions.Any(3);
    const auto compiled = filter::Compile(text, schema);
    if (!compiled.ok()) continue;
    ++compared;
    std::vector<int64_t> expected;
    for (size_t row = 0; row < batch.num_rows(); ++row) {
      if (filter::Matches(**compiled, columns, row))
        expected.push_back(static_cast<int64_t>(row) - 3);
    }
    QueryRequest request;
    request.selection.filter = *compiled;
    const auto rows = (*engine)->Query(context, kRowsId, request);
    ASSERT_TRUE(rows.ok()) << text << ": " << rows.error().message;
    EXPECT_EQ(rows->keys.As<int64_t>(), expected)
        << text << "\nas " << ToCondition(**compiled, TestLayout()).expression.text();
  }
  EXPECT_GT(compared, 200);
  EXPECT_TRUE((*engine)->DropCollection(context, kRowsId).ok());
}

}  // namespace
}  // namespace vecgate::milvus_engine
