// Tables that are older than vecgate and belong to others: read and written in place, never
// altered, and refused field by field where they do not fit.
#include "engines/postgres/attach.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/conformance/fixture.h"
#include "engines/postgres/server_fixture.h"

namespace vecgate::postgres {
namespace {

using conformance::IdsOf;
using conformance::Keys;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr CollectionId kDocs{5};
enum DocField : size_t { kId, kText, kLang, kVector };

OpContext Soon() { return OpContext::WithTimeout(seconds(30)); }

FieldSchema Field(const char* name, DataType type, bool nullable = false) {
  FieldSchema field;
  field.name = name;
  field.type = type;
  field.nullable = nullable;
  if (type == DataType::kVarChar) field.max_length = 200;
  if (type == DataType::kFloatVector) field.dim = 2;
  return field;
}

CollectionSchema DocSchema() {
  CollectionSchema schema;
  schema.name = "docs";
  schema.fields = {Field("id", DataType::kInt64), Field("text", DataType::kVarChar),
                   Field("lang", DataType::kVarChar, true),
                   Field("vector", DataType::kFloatVector)};
  schema.fields[kId].is_primary_key = true;
  VG_CHECK(FinishSchema(schema).ok());
  return schema;
}

RowBatch Docs(int64_t first, int64_t count, const std::string& text) {
  RowBatch batch = MakeBatch(DocSchema());
  for (int64_t id = first; id < first + count; ++id) {
    batch.columns[kId].Append(id);
    batch.columns[kText].Append(text);
    batch.columns[kLang].Append(id % 2 == 0 ? Value{std::string("en")} : Value{});
    batch.columns[kVector].AppendVector(std::vector<float>{static_cast<float>(id), 0});
  }
  return batch;
}

/// An engine, and the person who owns the tables.
class AttachTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto engine = PostgresEngine::Open(TestOptions("attach"));
    ASSERT_TRUE(engine.ok()) << engine.error().message;
    engine_ = std::move(*engine);
    auto owner =
        Connection::Open(Soon(), {.dsn = Secret<std::string>(TestDsn(TestServer().port()))});
    ASSERT_TRUE(owner.ok()) << owner.error().message;
    owner_ = std::move(*owner);
    Sql("DROP SCHEMA IF EXISTS old CASCADE");
    Sql("CREATE SCHEMA old");
  }
  void TearDown() override { EXPECT_TRUE(engine_->DropCollection(Soon(), kDocs).ok()); }

  /// The first column of each row, as text.
  std::vector<std::string> Sql(const std::string& sql) {
    const auto rows = owner_->Run(Soon(), Statement{.sql = sql});
    EXPECT_TRUE(rows.ok()) << sql << ": " << rows.error().message;
    std::vector<std::string> out;
    for (size_t row = 0; rows.ok() && row < rows->size(); ++row) out.push_back(rows->Text(row, 0));
    return out;
  }

  /// Everything that ALTER, CREATE INDEX and the like would change about a table.
  std::vector<std::string> Definition(const std::string& table) {
    return Sql(fmt::format(
        "SELECT concat_ws(' ', attname, format_type(atttypid, atttypmod), attnotnull, attstorage, "
        "attcollation, pg_get_expr(adbin, adrelid)) AS line FROM pg_attribute LEFT JOIN pg_attrdef "
        "ON adrelid = attrelid AND adnum = attnum WHERE attrelid = '{0}'::regclass AND attnum > 0 "
        "UNION ALL SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = "
        "'{0}'::regclass UNION ALL SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid "
        "= '{0}'::regclass UNION ALL SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgrelid = "
        "'{0}'::regclass AND NOT tgisinternal UNION ALL SELECT concat_ws(' ', relowner, relacl, "
        "reloptions, oid) FROM pg_class WHERE oid = '{0}'::regclass ORDER BY line",
        table));
  }

  Status Attach(const CollectionSchema& schema, const std::map<std::string, std::string>& columns,
                const std::string& table) {
    CollectionSpec spec{.id = kDocs, .schema = schema};
    spec.properties[std::string(kTableProperty)] = table;
    for (const auto& [field, column] : columns) {
      spec.properties[std::string(kColumnProperty) + field] = column;
    }
    return engine_->CreateCollection(Soon(), spec);
  }
  Status AttachChunks() {
    return Attach(DocSchema(), {{"id", "chunk_id"}, {"text", "Body"}, {"vector", "embedding"}},
                  "old.chunks");
  }

  /// Keys of the nearest rows to (x, 0).
  std::vector<int64_t> Nearest(float x, uint32_t k, size_t field = kVector) {
    SearchRequest request = conformance::Near(x, 0, k);
    request.field = field;
    const auto found = engine_->Search(Soon(), kDocs, request);
    EXPECT_TRUE(found.ok()) << found.error().message;
    return found.ok() ? IdsOf(found->keys) : std::vector<int64_t>();
  }

  std::unique_ptr<PostgresEngine> engine_;
  std::unique_ptr<Connection> owner_;
};

constexpr const char* kChunks =
    "CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, \"Body\" text NOT NULL, lang "
    "varchar(8), "
    "seen integer NOT NULL DEFAULT 7, embedding vector(2))";

TEST_F(AttachTest, ReadsAndWritesATableInPlaceAndNeverAltersIt) {
  Sql(kChunks);
  Sql("CREATE INDEX by_vector ON old.chunks USING hnsw (embedding vector_l2_ops)");
  Sql("INSERT INTO old.chunks VALUES (1, 'one', 'de', 1, '[1,0]'), (2, 'two', NULL, 2, '[2,0]'), "
      "(3, 'no vector', 'de', 3, NULL)");
  const std::vector<std::string> before = Definition("old.chunks");
  ASSERT_GE(before.size(), 8U);
  const Status attached = AttachChunks();
  ASSERT_TRUE(attached.ok()) << attached.error().message;

  EXPECT_THAT(Nearest(0, 10), ElementsAre(1, 2));
  QueryRequest query;
  query.output_fields = {kText, kLang, kVector};
  query.selection.filter = *filter::Compile("lang == 'de'", DocSchema());
  const auto rows = engine_->Query(Soon(), kDocs, query);
  ASSERT_TRUE(rows.ok()) << rows.error().message;
  EXPECT_THAT(IdsOf(rows->keys), ElementsAre(1, 3));
  EXPECT_THAT(rows->columns[0].As<std::string>(), ElementsAre("one", "no vector"));
  EXPECT_THAT(rows->columns[2].VectorAt(1), ElementsAre(0, 0));

  // Few by INSERT, many by COPY; what stands for no field keeps its value, or gets its default.
  ASSERT_TRUE(engine_->Write(Soon(), kDocs, WriteMode::kUpsert, Docs(2, 3, "new")).ok());
  ASSERT_TRUE(engine_->Write(Soon(), kDocs, WriteMode::kUpsert, Docs(100, 50, "many")).ok());
  EXPECT_THAT(
      Sql("SELECT concat_ws(' ', chunk_id, \"Body\", lang, seen, embedding) FROM old.chunks "
          "WHERE chunk_id < 101 ORDER BY chunk_id"),
      ElementsAre("1 one de 1 [1,0]", "2 new en 2 [2,0]", "3 new 3 [3,0]", "4 new en 7 [4,0]",
                  "100 many en 7 [100,0]"));
  const auto deleted = engine_->Delete(Soon(), kDocs, {.keys = Keys({1, 149}), .selection = {}});
  ASSERT_TRUE(deleted.ok()) << deleted.error().message;
  EXPECT_EQ(deleted->deleted, 2U);
  EXPECT_THAT(Sql("SELECT count(*)::text FROM old.chunks"), ElementsAre("52"));

  const IndexSpec index{.field = kVector, .type = IndexType::kHnsw, .metric = Metric::kL2};
  const Status found = engine_->CreateIndex(Soon(), kDocs, index);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(Nearest(99, 2), ElementsAre(100, 101));
  ASSERT_TRUE(engine_->DropIndex(Soon(), kDocs, kVector).ok());
  const Status other = engine_->CreateIndex(
      Soon(), kDocs, {.field = kVector, .type = IndexType::kHnsw, .metric = Metric::kCosine});
  ASSERT_FALSE(other.ok());
  EXPECT_EQ(other.error().code, Code::kFailedPrecondition);
  EXPECT_EQ(other.error().subject, Subject::kIndex);
  EXPECT_THAT(other.error().message,
              HasSubstr("CREATE INDEX CONCURRENTLY ON \"old\".\"chunks\" USING hnsw (\"embedding\" "
                        "vector_cosine_ops)"));

  RowBatch elsewhere = Docs(1, 1, "x");
  elsewhere.partition = PartitionId{3};
  const auto refused = engine_->Write(Soon(), kDocs, WriteMode::kInsert, elsewhere);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().subject, Subject::kPartition);

  ASSERT_TRUE(engine_->DropCollection(Soon(), kDocs).ok());
  EXPECT_EQ(Definition("old.chunks"), before);
  EXPECT_THAT(Sql("SELECT count(*)::text FROM old.chunks"), ElementsAre("52"));
}

TEST_F(AttachTest, WhatDoesNotFitIsNamed) {
  struct Misfit {
    const char* table;
    const char* message;
  };
  const Misfit misfits[] = {
      {"CREATE VIEW old.chunks AS SELECT 1", "is no ordinary table"},
      {"CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, lang text, embedding vector(2))",
       "has no column \"Body\" for field 'text'; the property vecgate.postgres.column.text"},
      {"CREATE TABLE old.chunks (chunk_id text PRIMARY KEY, \"Body\" text NOT NULL, lang text, "
       "embedding vector(2))",
       "column \"chunk_id\" of table \"old\".\"chunks\" is of type text; field 'id' (Int64) takes"},
      {"CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, \"Body\" integer NOT NULL, lang "
       "text, "
       "embedding vector(2))",
       "is of type integer; field 'text' (VarChar) takes character varying, text"},
      {"CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, \"Body\" text NOT NULL, lang text, "
       "embedding vector(3))",
       "is of type vector(3); field 'vector' (FloatVector) takes vector(2)"},
      {"CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, \"Body\" text NOT NULL, lang text, "
       "embedding halfvec(2))",
       "is of type halfvec(2); field 'vector' (FloatVector) takes vector(2)"},
      {"CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, \"Body\" text, lang text, embedding "
       "vector(2))",
       "may be null, so field 'text' has to be nullable"},
      {"CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, \"Body\" text NOT NULL GENERATED "
       "ALWAYS AS ('x') STORED, lang text, embedding vector(2))",
       "is generated, so field 'text' could not be written"},
      {"CREATE TABLE old.chunks (chunk_id bigint NOT NULL, \"Body\" text NOT NULL, lang text, "
       "embedding vector(2))",
       "has to be unique and not null to be the primary key: ALTER TABLE \"old\".\"chunks\" ADD "
       "PRIMARY KEY (\"chunk_id\");"},
      {"CREATE TABLE old.chunks (chunk_id bigint UNIQUE, \"Body\" text NOT NULL, lang text, "
       "embedding vector(2))",
       "has to be unique and not null"},
      {"CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, \"Body\" text NOT NULL, lang text, "
       "embedding vector(2), owner text NOT NULL)",
       "column \"owner\" of table \"old\".\"chunks\" is NOT NULL, has no default and stands for no "
       "field"}};
  for (const Misfit& misfit : misfits) {
    SCOPED_TRACE(misfit.table);
    Sql("DROP SCHEMA old CASCADE");
    Sql("CREATE SCHEMA old");
    Sql(misfit.table);
    const std::vector<std::string> before = Definition("old.chunks");
    const Status attached = AttachChunks();
    ASSERT_FALSE(attached.ok());
    EXPECT_EQ(attached.error().code, Code::kFailedPrecondition);
    EXPECT_THAT(attached.error().message, HasSubstr(misfit.message));
    EXPECT_EQ(Definition("old.chunks"), before);
  }
  Sql("DROP SCHEMA old CASCADE");
  const Status gone = AttachChunks();
  ASSERT_FALSE(gone.ok());
  EXPECT_THAT(gone.error().message, HasSubstr("table \"old\".\"chunks\" does not exist"));
  const Status twice = Attach(DocSchema(), {{"text", "lang"}}, "no such; name");
  ASSERT_FALSE(twice.ok());
  const auto listed = engine_->ListCollections(Soon());
  ASSERT_TRUE(listed.ok());
  EXPECT_THAT(*listed, IsEmpty());
}

TEST_F(AttachTest, NamesOfTablesAndColumnsAreNamesWhateverIsInThem) {
  Sql("CREATE TABLE old.\"a.b\"\"; DROP TABLE x; --\" (\"id'\" bigint PRIMARY KEY, \"te\"\"xt\" "
      "text "
      "NOT NULL, lang text, \"$1 %s\" vector(2))");
  const Status attached =
      Attach(DocSchema(), {{"id", "id'"}, {"text", "te\"xt"}, {"vector", "$1 %s"}},
             "old.\"a.b\"\"; DROP TABLE x; --\"");
  ASSERT_TRUE(attached.ok()) << attached.error().message;
  ASSERT_TRUE(engine_->Write(Soon(), kDocs, WriteMode::kInsert, Docs(0, 3, "few")).ok());
  ASSERT_TRUE(engine_->Write(Soon(), kDocs, WriteMode::kInsert, Docs(3, 30, "many")).ok());
  EXPECT_THAT(Nearest(0, 3), ElementsAre(0, 1, 2));
}

// An application's tables: chunks, and their vectors beside them, one to one by chunk_id.
TEST_F(AttachTest, ATableOfVectorsBesideTheTableOfTheirChunks) {
  Sql("CREATE TABLE old.chunks (chunk_id bigint PRIMARY KEY, document_id bigint, content text)");
  Sql("CREATE TABLE old.chunk_embeddings (chunk_id bigint PRIMARY KEY REFERENCES old.chunks ON "
      "DELETE CASCADE, tenant_id bigint NOT NULL, project_id bigint NOT NULL, embedding vector(2) "
      "NOT NULL, created_at timestamptz NOT NULL DEFAULT now())");
  Sql("INSERT INTO old.chunks SELECT i, i / 2, 'chunk ' || i FROM generate_series(1, 6) AS i");
  Sql("INSERT INTO old.chunk_embeddings SELECT i, i % 2, 9, ARRAY[i, 0]::real[]::vector FROM "
      "generate_series(1, 5) AS i");
  const auto before = Definition("old.chunk_embeddings");
  CollectionSchema schema;
  schema.name = "knowledge_chunks";
  schema.fields = {Field("chunk_id", DataType::kInt64), Field("tenant_id", DataType::kInt64),
                   Field("project_id", DataType::kInt64),
                   Field("embedding", DataType::kFloatVector)};
  schema.fields[0].is_primary_key = true;
  ASSERT_TRUE(FinishSchema(schema).ok());
  const Status attached = Attach(schema, {}, "old.chunk_embeddings");
  ASSERT_TRUE(attached.ok()) << attached.error().message;

  SearchRequest request = conformance::Near(0, 0, 10);
  request.field = 3;
  request.selection.filter = *filter::Compile("tenant_id == 1 and project_id == 9", schema);
  const auto found = engine_->Search(Soon(), kDocs, request);
  ASSERT_TRUE(found.ok()) << found.error().message;
  EXPECT_THAT(IdsOf(found->keys), ElementsAre(1, 3, 5));

  const auto upsert = [&](int64_t chunk) {
    RowBatch batch = MakeBatch(schema);
    for (size_t field = 0; field < 3; ++field) batch.columns[field].Append(chunk);
    batch.columns[3].AppendVector(std::vector<float>{static_cast<float>(chunk), 5});
    return engine_->Write(Soon(), kDocs, WriteMode::kUpsert, batch);
  };
  EXPECT_TRUE(upsert(6).ok());
  // A vector without its chunk is refused by the table's own rule.
  const auto orphan = upsert(7);
  ASSERT_FALSE(orphan.ok());
  EXPECT_EQ(orphan.error().code, Code::kInvalidArgument) << orphan.error().message;
  EXPECT_THAT(orphan.error().message, HasSubstr("foreign key"));
  // A chunk that the application deletes takes its vector along, and searches see it at once.
  Sql("DELETE FROM old.chunks WHERE chunk_id = 1");
  EXPECT_THAT(Nearest(0, 2, 3), ElementsAre(2, 3));
  EXPECT_EQ(Definition("old.chunk_embeddings"), before);

  // Two tables as one are a view, which cannot be attached.
  ASSERT_TRUE(engine_->DropCollection(Soon(), kDocs).ok());
  Sql("CREATE VIEW old.both AS SELECT * FROM old.chunks JOIN old.chunk_embeddings USING "
      "(chunk_id)");
  const Status view = Attach(schema, {}, "old.both");
  ASSERT_FALSE(view.ok());
  EXPECT_THAT(view.error().message, HasSubstr("is no ordinary table; views"));
}

}  // namespace
}  // namespace vecgate::postgres
