// Texts that break what is put together from texts: quotes, backslashes, statements, patterns,
// placeholders. As values, keys, JSON keys, patterns and constants they come back equal and match
// themselves alone; as the names of fields, words of the server's own language change nothing; and
// the collection beside is left as it was.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "base/check.h"
#include "engine/conformance/fixture.h"

namespace vecgate::conformance {
namespace {

using Json = nlohmann::json;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr CollectionId kHostile{22};

const std::vector<std::string>& HostileTexts() {
  static const std::vector<std::string> texts = {"'",
                                                 "''",
                                                 "\"",
                                                 "\"\"",
                                                 "\\",
                                                 "\\\\",
                                                 "\\'",
                                                 "';",
                                                 "--",
                                                 "/*",
                                                 "*/",
                                                 "`",
                                                 "",
                                                 "'; DROP TABLE items; --",
                                                 "\"; DROP TABLE \"items\"; --",
                                                 "' OR '1'='1",
                                                 "\" or id >= 0 or s == \"",
                                                 "$1",
                                                 "$$",
                                                 "$tag$",
                                                 "%s",
                                                 "%n%n",
                                                 "%",
                                                 "_",
                                                 "\\%",
                                                 "{0}",
                                                 "{name}",
                                                 "${HOME}",
                                                 "{{}}",
                                                 "{\"a\",NULL}",
                                                 "NULL",
                                                 "null",
                                                 "nan",
                                                 "{",
                                                 "}",
                                                 "{}",
                                                 "[]",
                                                 "\t\n\r",
                                                 "\x01\x7f",
                                                 "line\nbreak",
                                                 "\\u0000",
                                                 "\\x00",
                                                 "\\N",
                                                 "\\.",
                                                 "日本語",
                                                 "🙂",
                                                 "é",
                                                 "e\xcc\x81",
                                                 "\xe2\x80\xae"
                                                 "rtl",
                                                 "\xef\xbb\xbf"
                                                 "bom",
                                                 "\xef\xbf\xbf",
                                                 "a'b\"c\\d%e_f$1g{h}i;j--k"};
  return texts;
}

/// As a filter writes it.
std::string Quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '\n') {
      out += "\\n";
      continue;
    }
    if (c == '\r') {
      out += "\\r";
      continue;
    }
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

FieldSchema Named(const std::string& name, DataType type, bool nullable = true) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.nullable = nullable;
  if (type == DataType::kVarChar) field.max_length = 256;
  return field;
}

/// Words that mean something to a server, columns that it has already, names that differ in case
/// alone or beyond the length that a server takes.
const std::vector<std::string>& HostileNames() {
  static const std::vector<std::string> names = {"select",
                                                 "SELECT",
                                                 "order",
                                                 "table",
                                                 "user",
                                                 "xmin",
                                                 "ctid",
                                                 "tableoid",
                                                 "excluded",
                                                 "replaced",
                                                 "written",
                                                 "hits",
                                                 "scored",
                                                 "distance",
                                                 std::string(80, 'n') + "1",
                                                 std::string(80, 'n') + "2"};
  return names;
}

enum HostileField : size_t { kKey, kVector, kTexts, kDocument, kFirstNamed };

CollectionSchema HostileSchema() {
  CollectionSchema schema;
  schema.name = "hostile";
  schema.description = "'; DROP TABLE items; -- \" $1 %s \\";
  schema.enable_dynamic_field = true;
  schema.fields = {Named("key", DataType::kVarChar, false),
                   Named("point", DataType::kFloatVector, false), Named("texts", DataType::kArray),
                   Named("document", DataType::kJson)};
  schema.fields[kKey].is_primary_key = true;
  schema.fields[kVector].dim = 2;
  schema.fields[kTexts].element_type = DataType::kVarChar;
  schema.fields[kTexts].max_length = 256;
  schema.fields[kTexts].max_capacity = 4;
  for (const std::string& name : HostileNames()) {
    schema.fields.push_back(Named(name, DataType::kVarChar));
  }
  VG_CHECK(FinishSchema(schema).ok());
  return schema;
}

/// A row for each hostile text, which is in every place of it that holds text.
class HostileRows {
 public:
  explicit HostileRows(Fixture& fixture) : fixture_(fixture) {
    const Status created =
        fixture.engine().CreateCollection(fixture.context(), {kHostile, schema_});
    EXPECT_TRUE(created.ok()) << created.error().message;
    RowBatch batch = MakeBatch(schema_);
    for (const std::string& text : HostileTexts()) AppendRow(text, batch);
    // One by one and all at once, which may be different ways.
    for (size_t row = 0; row < 3; ++row) Write(Alone(HostileTexts()[row]));
    Write(batch);
  }

  [[nodiscard]] const CollectionSchema& schema() const { return schema_; }

  RowBatch Alone(const std::string& text) const {
    RowBatch batch = MakeBatch(schema_);
    AppendRow(text, batch);
    return batch;
  }

  void Write(const RowBatch& batch) {
    const auto written =
        fixture_.engine().Write(fixture_.context(), kHostile, WriteMode::kUpsert, batch);
    EXPECT_TRUE(written.ok()) << written.error().message;
  }

  /// Keys of the rows that a filter matches, by query.
  std::vector<std::string> Matching(const std::string& text,
                                    const filter::TemplateValues& values = {}) {
    const auto compiled = filter::Compile(text, schema_, values);
    EXPECT_TRUE(compiled.ok()) << compiled.error().message;
    if (!compiled.ok()) return {};
    QueryRequest request;
    request.selection.filter = *compiled;
    const auto rows = fixture_.engine().Query(fixture_.context(), kHostile, request);
    EXPECT_TRUE(rows.ok()) << text << ": " << rows.error().message;
    return rows.ok() ? rows->keys.As<std::string>() : std::vector<std::string>();
  }

 private:
  void AppendRow(const std::string& text, RowBatch& batch) const {
    const std::string document = Json{{text, text}, {"list", {text, 1}}}.dump();
    batch.columns[kKey].Append(text);
    batch.columns[kVector].AppendVector(std::vector<float>{1, 2});
    batch.columns[kTexts].Append(Array{std::vector<std::string>{text, "beside"}});
    batch.columns[kDocument].Append(document);
    for (size_t i = 0; i < HostileNames().size(); ++i) {
      batch.columns[kFirstNamed + i].Append(text + std::to_string(i));
    }
    batch.columns.back().Append(Json{{text.empty() ? "empty" : text, text}}.dump());
  }

  Fixture& fixture_;
  const CollectionSchema schema_ = HostileSchema();
};

void HostileTextsComeBackEqual(Fixture& f) {
  HostileRows hostile(f);
  QueryRequest request;
  request.keys.emplace();
  for (const std::string& text : HostileTexts()) request.keys->emplace_back(text);
  for (size_t i = kTexts; i < hostile.schema().fields.size(); ++i)
    request.output_fields.push_back(i);
  const auto rows = f.engine().Query(f.context(), kHostile, request);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  ASSERT_EQ(rows->count, HostileTexts().size());
  for (size_t row = 0; row < rows->count; ++row) {
    const std::string& text = rows->keys.As<std::string>()[row];
    SCOPED_TRACE("text: " + text);
    const auto column = [&](size_t field) -> const Column& {
      return rows->columns[field - kTexts];
    };
    EXPECT_EQ(column(kTexts).ValueAt(row),
              (Value{Array{std::vector<std::string>{text, "beside"}}}));
    EXPECT_EQ(Json::parse(column(kDocument).As<std::string>()[row]),
              (Json{{text, text}, {"list", {text, 1}}}));
    for (size_t i = 0; i < HostileNames().size(); ++i) {
      EXPECT_EQ(column(kFirstNamed + i).ValueAt(row), Value{text + std::to_string(i)})
          << HostileNames()[i];
    }
    EXPECT_EQ(Json::parse(rows->columns.back().As<std::string>()[row]),
              (Json{{text.empty() ? "empty" : text, text}}));
  }
}

void HostileTextsMatchThemselvesAlone(Fixture& f) {
  HostileRows hostile(f);
  for (const std::string& text : HostileTexts()) {
    SCOPED_TRACE("text: " + text);
    const filter::TemplateValues value = {{"given", {text}}};
    EXPECT_THAT(hostile.Matching("key == " + Quoted(text)), ElementsAre(text));
    EXPECT_THAT(hostile.Matching("select in [{given}] and array_contains(texts, {given})",
                                 {{"given", {text + "0"}}}),
                ::testing::IsEmpty());
    EXPECT_THAT(hostile.Matching("array_contains(texts, {given})", value), ElementsAre(text));
    EXPECT_THAT(hostile.Matching("document['list'][0] == {given}", value), ElementsAre(text));
    EXPECT_THAT(hostile.Matching("document[" + Quoted(text) + "] == {given}", value),
                ElementsAre(text));
    if (!text.empty()) {
      EXPECT_THAT(hostile.Matching("exists $meta[" + Quoted(text) + "]"), ElementsAre(text));
    }
  }
}

/// The text with what LIKE reads as more than itself escaped.
std::string AsPattern(const std::string& text) {
  std::string out;
  for (const char c : text) {
    if (c == '%' || c == '_' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

void HostilePatternsMatchWhatTheySay(Fixture& f) {
  HostileRows hostile(f);
  for (const std::string& text : HostileTexts()) {
    SCOPED_TRACE("text: " + text);
    EXPECT_THAT(hostile.Matching("key like " + Quoted(AsPattern(text))), ElementsAre(text));
  }
}

void HostileNamesAreFieldsAsAnyOther(Fixture& f) {
  HostileRows hostile(f);
  for (size_t i = 0; i < HostileNames().size(); ++i) {
    const std::string& name = HostileNames()[i];
    SCOPED_TRACE(name);
    const std::string wanted = "'; DROP TABLE items; --" + std::to_string(i);
    EXPECT_THAT(hostile.Matching(name + " == " + Quoted(wanted)),
                ElementsAre("'; DROP TABLE items; --"));
    SearchRequest request = Near(1, 2, 1);
    request.group_by = GroupBy{.field = kFirstNamed + i, .group_size = 1};
    request.output_fields = {kFirstNamed + i};
    request.selection.filter =
        *filter::Compile(name + " == {wanted}", hostile.schema(), {{"wanted", {wanted}}});
    const auto found = f.engine().Search(f.context(), kHostile, request);
    ASSERT_TRUE(found.ok()) << found.error().message;
    EXPECT_THAT(found->keys.As<std::string>(), ElementsAre("'; DROP TABLE items; --"));
    EXPECT_EQ(found->columns[0].ValueAt(0), Value{wanted});
    EXPECT_EQ(found->groups->ValueAt(0), Value{wanted});
  }
}

void DeletingHostileTextsTouchesNothingElse(Fixture& f) {
  f.CreateItems();
  f.Write(Line(0, 5));
  HostileRows hostile(f);
  size_t left = HostileTexts().size();
  for (size_t i = 0; i < HostileTexts().size(); ++i) {
    const std::string& text = HostileTexts()[i];
    SCOPED_TRACE("text: " + text);
    DeleteRequest request;
    if (i % 2 == 0) {
      request.keys = {text};
    } else {
      request.selection.filter =
          *filter::Compile("array_contains(texts, {given})", hostile.schema(), {{"given", {text}}});
    }
    const auto deleted = f.engine().Delete(f.context(), kHostile, request);
    ASSERT_TRUE(deleted.ok()) << deleted.error().message;
    EXPECT_EQ(deleted->deleted, 1U);
    if (i % 10 == 0) {
      EXPECT_EQ(hostile.Matching("key >= ''").size(), left - 1);
    }
    --left;
  }
  EXPECT_THAT(hostile.Matching("key >= ''"), ::testing::IsEmpty());
  EXPECT_EQ(f.Ids({}), (std::vector<int64_t>{0, 1, 2, 3, 4}));
  const auto listed = f.engine().ListCollections(f.context());
  ASSERT_TRUE(listed.ok());
  EXPECT_EQ(listed->size(), 2U);
}

// Capabilities::keeps_nul. Where NUL cannot be kept, the batch is refused as a whole, and asking
// for such a text finds nothing.
void NulIsKeptOrRefused(Fixture& f) {
  HostileRows hostile(f);
  const std::string nul("a\0b", 3);
  RowBatch batch = hostile.Alone("innocent");
  for (Column& column : batch.columns) column = column.EmptyLike();
  for (const std::string& text : {std::string("innocent"), nul}) {
    const RowBatch one = hostile.Alone(text);
    for (size_t i = 0; i < batch.columns.size(); ++i) {
      if (IsVector(batch.columns[i].type())) {
        batch.columns[i].AppendVector(std::vector<float>{1, 2});
      } else {
        batch.columns[i].Append(one.columns[i].ValueAt(0));
      }
    }
  }
  const auto written = f.engine().Write(f.context(), kHostile, WriteMode::kInsert, batch);
  const bool keeps = f.engine().GetCapabilities().keeps_nul;
  const filter::TemplateValues value = {{"given", {nul}}};
  if (keeps) {
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_THAT(hostile.Matching("array_contains(texts, {given})", value), ElementsAre(nul));
    EXPECT_THAT(hostile.Matching("document['list'][0] == {given}", value), ElementsAre(nul));
  } else {
    ASSERT_FALSE(written.ok());
    EXPECT_EQ(written.error().code, Code::kInvalidArgument);
    EXPECT_THAT(written.error().message, HasSubstr("NUL"));
    EXPECT_THAT(hostile.Matching("array_contains(texts, {given})", value), ::testing::IsEmpty());
    EXPECT_THAT(hostile.Matching("document['list'][0] == {given}", value), ::testing::IsEmpty());
  }
  QueryRequest request;
  request.keys = {PrimaryKey("innocent"), PrimaryKey(nul)};
  const auto rows = f.engine().Query(f.context(), kHostile, request);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_EQ(rows->count, keeps ? 2U : 0U);
  const auto deleted = f.engine().Delete(f.context(), kHostile, {.keys = {nul}, .selection = {}});
  ASSERT_TRUE(deleted.ok()) << deleted.error().message;
  EXPECT_EQ(deleted->deleted, keeps ? 1U : 0U);
}

}  // namespace

std::vector<Case> HostileTextCases() {
  return {{"HostileTextsComeBackEqual", HostileTextsComeBackEqual},
          {"HostileTextsMatchThemselvesAlone", HostileTextsMatchThemselvesAlone},
          {"HostilePatternsMatchWhatTheySay", HostilePatternsMatchWhatTheySay},
          {"HostileNamesAreFieldsAsAnyOther", HostileNamesAreFieldsAsAnyOther},
          {"DeletingHostileTextsTouchesNothingElse", DeletingHostileTextsTouchesNothingElse},
          {"NulIsKeptOrRefused", NulIsKeptOrRefused}};
}

}  // namespace vecgate::conformance
