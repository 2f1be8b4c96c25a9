// The expression language by example: what matches which row, and what is refused with which words.
#include "filter/filter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "filter/test_rows.h"

namespace vecgate::filter {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

/// Rows of the table below (test_rows.h): 0…4. A row of digits names those that match.
struct Case {
  std::string text;
  std::string rows;
};

void PrintTo(const Case& c, std::ostream* out) { *out << c.text; }

std::string MatchingRows(const Filter& filter, const TestRows& rows) {
  std::string out;
  Evaluate(filter, rows.columns(), rows.num_rows()).ForEach([&](size_t row) {
    out += std::to_string(row);
  });
  std::string one_by_one;
  for (size_t row = 0; row < rows.num_rows(); ++row) {
    if (Matches(filter, rows.columns(), row)) one_by_one += std::to_string(row);
  }
  EXPECT_EQ(out, one_by_one) << TextOf(filter);
  return out;
}

class FilterMatches : public ::testing::TestWithParam<Case> {};

TEST_P(FilterMatches, Rows) {
  const TestRows rows;
  const auto filter = Compile(GetParam().text, rows.schema(), TestTemplates());
  ASSERT_TRUE(filter.ok()) << filter.error().message;
  EXPECT_EQ(MatchingRows(**filter, rows), GetParam().rows);
}

INSTANTIATE_TEST_SUITE_P(
    Comparison, FilterMatches,
    ::testing::Values(
        Case{"id == 2", "2"}, Case{"id != 2", "0134"}, Case{"2 < id", "34"}, Case{"id<=1", "01"},
        Case{"id >= 3", "34"}, Case{"i8 > 0", "01"}, Case{"i8 == -5", "2"},
        Case{"i8 < 1000000", "012"}, Case{"id > 1.5", "234"}, Case{"id == 2.0", "2"},
        Case{"id != 2.5", "01234"}, Case{"f == 0.1", "0"}, Case{"f > 0.1", "1"},
        Case{"f >= 0.1", "01"}, Case{"f < 1", "02"}, Case{"d == 1e100", "1"}, Case{"d < 0", "2"},
        Case{"big == 9007199254740993", "0"}, Case{"big == 9007199254740992", "1"},
        Case{"big > 9007199254740992.0", "0"}, Case{"big == 9007199254740992.0", "1"},
        Case{"big == -9223372036854775808", "2"}, Case{"big < -9223372036854775807", "2"},
        Case{"s == \"apple\"", "0"}, Case{"s == 'apple'", "0"}, Case{"s > \"b\"", "12"},
        Case{"s != 'apple'", "123"}, Case{"b == true", "03"}, Case{"b != True", "1"},
        Case{"b == FALSE", "1"}, Case{"b", "03"}, Case{"not b", "1"}, Case{"i8 < id", "2"},
        Case{"id == i8", ""}, Case{"f < d", "01"}, Case{"s == s2", "2"}, Case{"s < s2", "1"},
        Case{"b == b", "013"}, Case{"1 == 1", "01234"}, Case{"1 > 2.5", ""},
        Case{"'a' < 'b'", "01234"}, Case{"true", "01234"}, Case{"false", ""}));

INSTANTIATE_TEST_SUITE_P(Ranges, FilterMatches,
                         ::testing::Values(Case{"1 < id < 4", "23"}, Case{"1 <= id < 4", "123"},
                                           Case{"4 > id >= 1", "123"}, Case{"3 >= id > 3", ""},
                                           Case{"'a' < s <= 'banana'", "01"},
                                           Case{"0.05 < f <= 0.1", "0"},
                                           Case{"0 < j[\"n\"] < 3", "01"}));

INSTANTIATE_TEST_SUITE_P(Numbers, FilterMatches,
                         ::testing::Values(Case{"id == 0x3", "3"}, Case{"id == 0X3", "3"},
                                           Case{"id == 0b11", "3"}, Case{"id == 03", "3"},
                                           Case{"id == 0", "0"}, Case{"i8 == 012", "1"},
                                           Case{"f == 1e-1", "0"}, Case{"f == .1", "0"},
                                           Case{"id == 2.", "2"}, Case{"id == 0x1p1", "2"},
                                           Case{"id == 0x1.8p1", "3"}, Case{"d == 1E+100", "1"}));

INSTANTIATE_TEST_SUITE_P(
    Arithmetic, FilterMatches,
    ::testing::Values(Case{"id + 1 == 3", "2"}, Case{"id - 1 > 2", "4"}, Case{"id * 2 == 6", "3"},
                      Case{"id / 2 == 1", "23"}, Case{"id % 2 == 1", "13"},
                      Case{"1 + id == 3", "2"}, Case{"10 / id == 5", "2"},
                      Case{"id % id == 0", "1234"}, Case{"-id == -2", "2"}, Case{"+id == 2", "2"},
                      Case{"i8 + id == 11", "1"}, Case{"f * 2 > 0.15", "01"},
                      Case{"id == 1 + 1", "2"}, Case{"id == 2 ** 2", "4"}, Case{"id == 7 % 4", "3"},
                      Case{"id == 1 << 1", "2"}, Case{"id == (6 & 3)", "2"},
                      Case{"id == (1 | 2)", "3"}, Case{"id == (1 ^ 3)", "2"},
                      Case{"id == -(-2)", "2"}, Case{"id == ~-3", "2"},
                      Case{"id == 2 + 3 * 4 - 12", "2"}, Case{"id == -2 ** 2 + 6", "2"},
                      Case{"id == 8 >> 2", "2"}, Case{"big + 9223372036854775807 > 0", ""},
                      Case{"(id + 1) * 2 == 6", "2"}, Case{"j[\"n\"] + 1 == 2", "0"},
                      Case{"j[\"n\"] * 2 == 5", "1"}, Case{"j[\"s\"] + 1 == 2", "1"}));

INSTANTIATE_TEST_SUITE_P(
    Lists, FilterMatches,
    ::testing::Values(Case{"id in [1, 3]", "13"}, Case{"id in [1,3,]", "13"},
                      Case{"id not in [1, 3]", "024"}, Case{"id in []", ""},
                      Case{"id not in []", "01234"}, Case{"i8 in [1]", "0"},
                      Case{"i8 not in [1]", "12"}, Case{"s in ['apple', \"melon\"]", "02"},
                      Case{"s not in ['apple']", "123"}, Case{"f in [0.1, 1]", "0"},
                      Case{"f in [1.5]", "1"}, Case{"id IN [1+1, -1, 0x3]", "23"},
                      Case{"b in [true]", "03"}, Case{"j[\"n\"] in [1, 2.5]", "01"},
                      Case{"j[\"s\"] in ['x', 1]", "01"}, Case{"j[\"s\"] not in ['x']", "1"},
                      Case{"id in [0,1,2,3,4,5,6,7,8,9,10]", "01234"},
                      Case{"id not in [4,5,6,7,8,9,10,11,12]", "0123"}, Case{"id in {ids}", "24"},
                      Case{"s in {names}", "01"}, Case{"id in [{x}, 0]", "03"}));

INSTANTIATE_TEST_SUITE_P(
    Like, FilterMatches,
    ::testing::Values(
        Case{"s like 'app%'", "0"}, Case{"s like '%na'", "1"}, Case{"s like '%el%'", "2"},
        Case{"s like 'banana'", "1"}, Case{"s like 'b_n_n_'", "1"}, Case{"s like '_pple'", "0"},
        Case{"s like '%a%a%'", "1"}, Case{"s like '%'", "0123"}, Case{"s like ''", "3"},
        Case{"s2 like 'm_lön'", "4"}, Case{"s2 like 'mél_n'", "4"}, Case{"s2 like '_____'", "24"},
        Case{"s2 like '100\\\\%'", "0"}, Case{"s2 like '100\\%'", "0"}, Case{"s2 like '100_'", "0"},
        Case{"not s like 'app%'", "123"}, Case{"not (s like 'app%')", "123"},
        Case{"s LIKE {prefix}", "0"}, Case{"j[\"s\"] like 'x%'", "0"}, Case{"as[0] like 'r%'", "0"},
        Case{"color like 'r_d'", "0"}));

INSTANTIATE_TEST_SUITE_P(
    Logic, FilterMatches,
    ::testing::Values(Case{"id > 1 and id < 3", "2"}, Case{"id > 1 && id < 3", "2"},
                      Case{"id == 0 or id == 4", "04"}, Case{"id == 0 || id == 4", "04"},
                      Case{"id == 0 OR id == 4 AND id == 3", "0"},
                      Case{"(id == 0 or id == 4) and id == 4", "4"}, Case{"not (id > 1)", "01"},
                      Case{"!(id > 1)", "01"}, Case{"NOT (id > 1)", "01"},
                      Case{"not not (id > 1)", "234"}, Case{"i8 > 0 or id == 4", "014"},
                      Case{"not (i8 > 0)", "2"}, Case{"not (i8 > 0 and id > 0)", "02"},
                      Case{"not (i8 > 0 or id == 4)", "2"}, Case{"i8 > 0 or i8 <= 0", "012"},
                      Case{"not (i8 > 0 or s == 'x') and id < 9", "2"},
                      Case{"true and id == 1", "1"}, Case{"id == 1 or true", "01234"}));

INSTANTIATE_TEST_SUITE_P(Nulls, FilterMatches,
                         ::testing::Values(Case{"i8 is null", "34"}, Case{"i8 is not null", "012"},
                                           Case{"i8 IS NULL", "34"}, Case{"s is null", "4"},
                                           Case{"not s is null", "0123"}, Case{"j is null", "4"},
                                           Case{"ai is null", "4"}, Case{"color is null", "34"},
                                           Case{"j[\"n\"] is null", "234"},
                                           Case{"j['nil'] is null", "01234"},
                                           Case{"id is null", ""},
                                           Case{"i8 is null and s is null", "4"}));

INSTANTIATE_TEST_SUITE_P(
    Json, FilterMatches,
    ::testing::Values(
        Case{"j[\"n\"] == 1", "0"}, Case{"j['n'] == 2.5", "1"}, Case{"j[\"n\"] != 1", "1"},
        Case{"not (j[\"n\"] == 1)", "1"}, Case{"j[\"n\"] > 0", "01"}, Case{"j[\"s\"] == 'x'", "0"},
        Case{"j[\"s\"] == 1", "1"}, Case{"j[\"s\"] != 1", "0"}, Case{"j[\"s\"] > 'w'", "0"},
        Case{"j[\"o\"][\"p\"][1] == 20", "0"}, Case{"j[\"o\"][\"p\"][9] == 20", ""},
        Case{"j[\"t\"] == true", "0"}, Case{"j[\"o\"][\"p\"] == [10, 20]", "0"},
        Case{"j[\"o\"][\"p\"] != [10]", "0"}, Case{"j[\"big\"] == 9007199254740993", "2"},
        Case{"j[\"big\"] == 9007199254740992", ""}, Case{"j[\"huge\"] > 1e300", "3"},
        Case{"exists j[\"n\"]", "01"}, Case{"exists j['nil']", ""},
        Case{"EXISTS j[\"o\"][\"p\"]", "0"}, Case{"not exists j[\"n\"]", "234"},
        Case{"exists j[\"n\"] and id > 0", "1"}, Case{"exists color", "012"},
        Case{"json_contains(j[\"o\"][\"p\"], 10)", "0"},
        Case{"json_contains(j[\"o\"][\"p\"], 11)", ""}, Case{"JSON_CONTAINS(tags, 'a')", "01"},
        Case{"json_contains_all(tags, ['a', 'b'])", "0"},
        Case{"json_contains_any(tags, ['b', 'c'])", "01"}, Case{"json_contains(tags, ['n'])", "2"},
        Case{"not json_contains(tags, 'a')", "2"}, Case{"json_contains(color, 'red')", ""},
        Case{"array_length(tags) == 2", "01"}, Case{"array_length(color) >= 0", ""},
        Case{"j[\"\\u00e9\"] == 'ü'", "1"}, Case{"j['é'] == '\\u00fc'", "1"}));

INSTANTIATE_TEST_SUITE_P(
    Dynamic, FilterMatches,
    ::testing::Values(Case{"color == 'red'", "0"}, Case{"color != 'red'", "12"},
                      Case{"$meta[\"color\"] == 'red'", "0"}, Case{"color in ['red', 5]", "02"},
                      Case{"tags[0] == 'a'", "01"}, Case{"$meta['tags'][1] == 'b'", "0"},
                      Case{"nothing > 3", ""}, Case{"not (nothing > 3)", ""},
                      Case{"颜色 == '红'", "3"}));

INSTANTIATE_TEST_SUITE_P(
    Arrays, FilterMatches,
    ::testing::Values(
        Case{"ai[0] == 1", "01"}, Case{"ai[1] > 1", "01"}, Case{"ai[7] == 1", ""},
        Case{"not (ai[7] == 1)", ""}, Case{"array_contains(ai, 3)", "1"},
        Case{"ARRAY_CONTAINS_ALL(ai, [1, 2])", "01"}, Case{"array_contains_any(ai, [2, 3])", "01"},
        Case{"json_contains(ai, 3)", "1"}, Case{"array_length(ai) == 2", "0"},
        Case{"array_length(ai) > 0", "01"}, Case{"array_length(ai) == 0", "23"},
        Case{"ai == [1, 2]", "0"}, Case{"ai != [1, 2]", "123"}, Case{"ai == []", "23"},
        Case{"ai[0] in [1]", "01"}, Case{"as[1] == 'green'", "0"}, Case{"af[0] == 0.1", "0"},
        Case{"array_contains(af, 0.1)", "0"}, Case{"array_contains(ab, true)", "0"},
        Case{"not array_contains(ai, 3)", "023"}, Case{"array_contains_all(ai, {empty})", "0123"}));

INSTANTIATE_TEST_SUITE_P(Templates, FilterMatches,
                         ::testing::Values(Case{"id == {x}", "3"},
                                           Case{"id < {x} and s == {name}", "0"},
                                           Case{"f == {f}", "0"}, Case{"b == {yes}", "03"},
                                           Case{"1 < id < {x}", "2"}, Case{"id == {x} - 1", "2"}));

struct Refusal {
  std::string text;
  std::string words;
};

void PrintTo(const Refusal& r, std::ostream* out) { *out << r.text; }

class FilterRefuses : public ::testing::TestWithParam<Refusal> {};

TEST_P(FilterRefuses, WithWords) {
  const TestRows rows;
  const auto filter = Compile(GetParam().text, rows.schema(), TestTemplates());
  ASSERT_FALSE(filter.ok());
  EXPECT_EQ(filter.error().code, Code::kInvalidArgument);
  EXPECT_EQ(filter.error().subject, Subject::kExpression);
  EXPECT_THAT(filter.error().message, StartsWith("cannot parse expression: " + GetParam().text));
  EXPECT_THAT(filter.error().message, HasSubstr(GetParam().words));
}

INSTANTIATE_TEST_SUITE_P(
    Syntax, FilterRefuses,
    ::testing::Values(
        Refusal{"", "a value expected, the end found"}, Refusal{"id >", "a value expected"},
        Refusal{"id > 1 2", "an operator or the end expected, '2' found at byte 7"},
        Refusal{"(id > 1", "')' expected"}, Refusal{"id in [1", "']' expected"},
        Refusal{"id = 1", "equality is '=='"},
        Refusal{"id in [1,,2]", "a value expected, ',' found"},
        Refusal{"s == 'x", "string without closing quote"},
        Refusal{"s == '\\q'", "invalid escape sequence '\\q'"},
        Refusal{"s == '\\ud800'", "invalid escape"}, Refusal{"id == 09", "invalid number"},
        Refusal{"id == 1abc", "invalid number"}, Refusal{"id == 0x", "invalid number"},
        Refusal{"id == 1e", "invalid number"},
        Refusal{"id == 9223372036854775808", "out of the range of Int64"},
        Refusal{"id == -9223372036854775809", "out of the range of Int64"},
        Refusal{"id == 99999999999999999999", "out of range"},
        Refusal{"d == 1e999", "out of range"}, Refusal{"id is 3", "'null' expected"},
        Refusal{"id not 3", "'in' expected"}, Refusal{"id == {", "the name of a parameter"},
        Refusal{"j[x] == 1", "a key in quotes or a position expected"},
        Refusal{"id # 1", "unexpected '#'"}, Refusal{"and", "a value expected"},
        Refusal{"id == 1 and", "the end found"}));

INSTANTIATE_TEST_SUITE_P(
    Types, FilterRefuses,
    ::testing::Values(
        Refusal{"s > 1", "comparisons between VarChar and Int64 are not supported"},
        Refusal{"id == 'x'", "comparisons between Int64 and VarChar are not supported"},
        Refusal{"'x' == id", "comparisons between Int64 and VarChar are not supported"},
        Refusal{"s == id", "comparisons between VarChar and Int64 are not supported"},
        Refusal{"b > true", "comparisons between Bool and Bool are not supported"},
        Refusal{"b == 1", "comparisons between Bool and Int64 are not supported"},
        Refusal{"not id > 3", "not op can only be applied on boolean expression"},
        Refusal{"not id in [3]", "not op can only be applied on boolean expression"},
        Refusal{"id and b", "'and' can only be used between boolean expressions"},
        Refusal{"b or 1", "'or' can only be used between boolean expressions"},
        Refusal{"id", "predicate is not a boolean expression"},
        Refusal{"1 + 1", "predicate is not a boolean"},
        Refusal{"id + 1", "predicate is not a boolean expression"},
        Refusal{"1 == 'x'", "two incompatible operands: 1 == \"x\""},
        Refusal{"(id > 1) == true", "a condition stands where a value is expected"},
        Refusal{"id in [1.5]", "value '1.5' in list cannot be casted to Int64"},
        Refusal{"s in ['a', 1]", "value '1' in list cannot be casted to VarChar"},
        Refusal{"id in 3", "a list is expected, 3 found"},
        Refusal{"id in s", "right-hand side of 'in' must be a list"},
        Refusal{"id + 1 in [1]", "'in' can only be used on a single field"},
        Refusal{"id in [id]", "a constant is expected"},
        Refusal{"id like '1%'", "like operation on non-string"},
        Refusal{"s like 5", "the pattern of 'like' must be a string"},
        Refusal{"s like 'a\\\\'", "lone '\\'"},
        Refusal{"id % 2.0 == 1", "modulo can only apply on integer types"},
        Refusal{"id / 0 == 1", "division by zero"}, Refusal{"id == 1 / 0", "divides by zero"},
        Refusal{"id == 9223372036854775807 + 1", "leaves the range of Int64"},
        Refusal{"id & 1 == 1", "a condition stands"},
        Refusal{"(id & 1) == 1", "'&' is only supported between constants"},
        Refusal{"id ** 2 == 4", "power can only apply on constants"},
        Refusal{"s + 1 == 2", "'+' can only be used between"},
        Refusal{"~id == 1", "'~' is only supported on constants"},
        Refusal{"-s == 1", "unary '-' can not be applied to VarChar"},
        Refusal{"vec == 1", "field 'vec' is a FloatVector"},
        Refusal{"id[0] == 1", "not supported accessed with []"},
        Refusal{"ai['x'] == 1", "can only access array field with integer index"},
        Refusal{"ai[0][1] == 1", "can only access array field with integer index"},
        Refusal{"ai == 1", "can not comparisons array fields directly"},
        Refusal{"ai > [1]", "can not comparisons array"},
        Refusal{"ai == ['x']", "cannot be casted to Int64"},
        Refusal{"ai in [[1]]", "array field directly"},
        Refusal{"j == 1", "can not comparisons jsonField directly"},
        Refusal{"j['n'] > true", "comparisons between JSON and Bool"},
        Refusal{"j['n'] == id", "comparisons between JSON and Int64 are not supported"},
        Refusal{"exists id", "exists operations are only supported on json fields now, got: Int64"},
        Refusal{"array_length(id) == 1",
                "array_length operation are only supported on json or array"},
        Refusal{"array_contains(id, 1)",
                "array_contains operation are only supported on json or array"},
        Refusal{"array_contains(ai, 'x')", "cannot be casted to Int64"},
        Refusal{"array_contains_all(ai, 1)", "operation element must be an array"},
        Refusal{"array_contains(ai)", "takes two arguments"},
        Refusal{"foo(id)", "function foo not found"},
        Refusal{"id == {missing}", "expression template variable name {missing} is not found"},
        Refusal{"id == {name}", "comparisons between Int64 and VarChar are not supported"}));

TEST(FilterTest, UnknownNamesNeedADynamicField) {
  TestRows rows;
  CollectionSchema schema = rows.schema();
  schema.fields.pop_back();
  schema.enable_dynamic_field = false;
  const auto filter = Compile("nothing > 3", schema);
  ASSERT_FALSE(filter.ok());
  EXPECT_EQ(filter.error().message,
            "cannot parse expression: nothing > 3, error: field nothing not exist");
}

TEST(FilterTest, TextMatchIsUnimplemented) {
  const TestRows rows;
  for (const char* text : {"TEXT_MATCH(s, 'x')", "text_match(s, 'x')", "phrase_match(s, 'x')"}) {
    const auto filter = Compile(text, rows.schema());
    ASSERT_FALSE(filter.ok());
    EXPECT_EQ(filter.error().code, Code::kUnimplemented) << text;
  }
}

std::string Repeat(std::string_view part, size_t times) {
  std::string out;
  for (size_t i = 0; i < times; ++i) out += part;
  return out;
}

TEST(FilterTest, BombsAreRefused) {
  const TestRows rows;
  const std::vector<std::string> bombs = {Repeat("(", 10'000) + "id > 1" + Repeat(")", 10'000),
                                          "id in " + Repeat("[", 10'000),
                                          Repeat("not ", 10'000) + "b",
                                          "id == " + Repeat("-", 10'000) + "1",
                                          "id == 1" + Repeat("+1", 10'000),
                                          "j" + Repeat("[0]", 10'000) + " == 1",
                                          Repeat("exists ", 10'000) + "j"};
  for (const std::string& bomb : bombs) {
    const auto filter = Compile(bomb, rows.schema());
    ASSERT_FALSE(filter.ok());
    EXPECT_THAT(filter.error().message, HasSubstr("nested too deeply: at most 256 levels"));
    EXPECT_LT(filter.error().message.size(), 500U);
  }
  const auto items = Compile("id in [1,2,3]", rows.schema(), {}, {.max_list_items = 2});
  ASSERT_FALSE(items.ok());
  EXPECT_THAT(items.error().message, HasSubstr("at most 2 are allowed"));
  const auto bytes = Compile("id in [1,2,3]", rows.schema(), {}, {.max_text_bytes = 10});
  ASSERT_FALSE(bytes.ok());
  EXPECT_THAT(bytes.error().message, HasSubstr("13 bytes long, at most 10 are allowed"));
}

TEST(FilterTest, LongListsAndChainsAreFine) {
  const TestRows rows;
  std::string list = "id in [3";
  for (int i = 100; i < 200'000; ++i) list += "," + std::to_string(i);
  const auto in = Compile(list + "]", rows.schema());
  ASSERT_TRUE(in.ok()) << in.error().message;
  EXPECT_EQ(MatchingRows(**in, rows), "3");
  const auto chain = Compile("id == 2" + Repeat(" or id == 4", 20'000), rows.schema());
  ASSERT_TRUE(chain.ok()) << chain.error().message;
  EXPECT_EQ(MatchingRows(**chain, rows), "24");
}

TEST(FilterTest, KnowsPrimaryKeyLookups) {
  const TestRows rows;
  const auto keys = [&](std::string_view text) {
    const auto filter = Compile(text, rows.schema(), TestTemplates());
    EXPECT_TRUE(filter.ok()) << filter.error().message;
    return PrimaryKeysOf(**filter);
  };
  using Keys = std::vector<PrimaryKey>;
  EXPECT_EQ(keys("id in [3, 1, 3]"), (Keys{int64_t{1}, int64_t{3}}));
  EXPECT_EQ(keys("id == 7"), (Keys{int64_t{7}}));
  EXPECT_EQ(keys("(7 == id)"), (Keys{int64_t{7}}));
  EXPECT_EQ(keys("id in {ids}"), (Keys{int64_t{2}, int64_t{4}}));
  EXPECT_EQ(keys("id in []"), Keys{});
  for (const char* text :
       {"id not in [1]", "id != 1", "i8 == 1", "id == 1.5", "id == 1 and b", "id > 1"}) {
    EXPECT_EQ(keys(text), std::nullopt) << text;
  }
}

TEST(FilterTest, NamesTheFieldsItReads) {
  const TestRows rows;
  const auto filter =
      Compile("color == 'x' or (i8 + id > 3 and array_length(ai) == 1)", rows.schema());
  ASSERT_TRUE(filter.ok());
  std::vector<size_t> expected = {*rows.schema().FindField("id"), *rows.schema().FindField("i8"),
                                  *rows.schema().FindField("ai"),
                                  *rows.schema().FindField("$meta")};
  std::sort(expected.begin(), expected.end());
  EXPECT_EQ(FieldsOf(**filter), expected);
}

}  // namespace
}  // namespace vecgate::filter
