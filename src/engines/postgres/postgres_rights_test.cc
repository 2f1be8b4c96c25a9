// What the engine says of a server that is not as it should be: each message names the statement
// that mends it, and carrying that out does mend it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engines/postgres/notes_fixture.h"
#include "engines/postgres/server_fixture.h"

namespace vecgate::postgres {
namespace {

using ::testing::HasSubstr;

Result<std::unique_ptr<PostgresEngine>> OpenAs(const std::string& user, const std::string& database,
                                               const std::string& schema) {
  PostgresOptions options = TestOptions(schema);
  options.dsn = Secret<std::string>(TestDsn(TestServer().port(), user, database));
  return PostgresEngine::Open(options);
}

template <typename Outcome>
void ExpectRefused(const Outcome& opened, const std::vector<std::string>& texts) {
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, Code::kFailedPrecondition) << opened.error().message;
  EXPECT_EQ(opened.error().subject, Subject::kConfig);
  for (const std::string& text : texts) EXPECT_THAT(opened.error().message, HasSubstr(text));
  EXPECT_THAT(opened.error().message, ::testing::Not(HasSubstr("hush-hush")));
}

/// A database of a test's own, and a role without any rights in it.
class RightsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    OtherClient root(port());
    root.Do("CREATE DATABASE " + database_);
    root.Do("CREATE ROLE " + role_ + " LOGIN");
  }

  static uint16_t port() { return TestServer().port(); }
  static std::string NameOfThisTest() {
    static int number = 0;
    return fmt::format("rights_{}", number++);
  }

  const std::string database_ = NameOfThisTest();
  const std::string role_ = database_ + "_role";
};

TEST_F(RightsTest, AMissingExtensionIsNamedWithTheStatementThatCreatesIt) {
  ExpectRefused(OpenAs(role_, database_, "vecgate"),
                {"database " + database_ + " at 127.0.0.1", "lacks the extension pgvector",
                 "CREATE EXTENSION vector;"});
  OtherClient owner(port(), database_);
  owner.Do("CREATE EXTENSION vector");
  ExpectRefused(OpenAs(role_, database_, "vecgate"),
                {"has no catalog of vecgate yet, and this role may not make it",
                 "CREATE SCHEMA \"vecgate\" AUTHORIZATION <this role>;"});
  owner.Do("CREATE SCHEMA vecgate AUTHORIZATION " + role_);
  const auto engine = OpenAs(role_, database_, "vecgate");
  ASSERT_TRUE(engine.ok()) << MessageOf(engine);
  EXPECT_TRUE((*engine)->CreateCollection(OpContext{}, {kNotes, NoteSchema()}).ok());
  EXPECT_TRUE(WriteNotes(**engine, 0, 40, 1).ok());
}

TEST_F(RightsTest, ACatalogThatMayNotBeReadIsNamedWithTheGrants) {
  {
    const auto owner = OpenAs("postgres", database_, "vecgate");
    ASSERT_TRUE(owner.ok()) << MessageOf(owner);
  }
  ExpectRefused(OpenAs(role_, database_, "vecgate"), {"GRANT ALL ON SCHEMA \"vecgate\""});
  OtherClient root(port(), database_);
  root.Do("GRANT USAGE ON SCHEMA vecgate TO " + role_);
  ExpectRefused(OpenAs(role_, database_, "vecgate"),
                {"this role may not read the catalog", "GRANT ALL ON ALL TABLES"});
  root.Do("GRANT ALL ON SCHEMA vecgate TO " + role_);
  root.Do("GRANT ALL ON ALL TABLES IN SCHEMA vecgate TO " + role_);
  root.Do("GRANT ALL ON ALL SEQUENCES IN SCHEMA vecgate TO " + role_);
  const auto engine = OpenAs(role_, database_, "vecgate");
  ASSERT_TRUE(engine.ok()) << MessageOf(engine);
  EXPECT_TRUE((*engine)->CreateCollection(OpContext{}, {kNotes, NoteSchema()}).ok());
}

TEST_F(RightsTest, WithoutTheRightToTemporaryTablesBatchesGoBySlowerWays) {
  OtherClient root(port(), database_);
  root.Do("CREATE EXTENSION vector");
  root.Do("CREATE SCHEMA vecgate AUTHORIZATION " + role_);
  root.Do("REVOKE TEMPORARY ON DATABASE " + database_ + " FROM PUBLIC");
  const auto engine = OpenAs(role_, database_, "vecgate");
  ASSERT_TRUE(engine.ok()) << MessageOf(engine);
  ASSERT_TRUE((*engine)->CreateCollection(OpContext{}, {kNotes, NoteSchema()}).ok());
  ASSERT_TRUE(WriteNotes(**engine, 0, 60, 1).ok());
  const auto written = WriteNotes(**engine, 0, 60, 2);
  ASSERT_TRUE(written.ok()) << MessageOf(written);
  EXPECT_EQ(written->replaced, 60U);
  EXPECT_EQ(root.Number("SELECT count(*) FROM vecgate.c_1 WHERE version = 2"), 60);
}

TEST_F(RightsTest, ARightThatIsTakenAwayLaterIsAnErrorThatSaysWhich) {
  const auto owner = OpenAs("postgres", database_, "vecgate");
  ASSERT_TRUE(owner.ok()) << MessageOf(owner);
  ASSERT_TRUE((*owner)->CreateCollection(OpContext{}, {kNotes, NoteSchema()}).ok());
  OtherClient root(port(), database_);
  root.Do("GRANT ALL ON SCHEMA vecgate TO " + role_);
  root.Do("GRANT ALL ON ALL TABLES IN SCHEMA vecgate TO " + role_);
  root.Do("GRANT ALL ON ALL SEQUENCES IN SCHEMA vecgate TO " + role_);
  const auto engine = OpenAs(role_, database_, "vecgate");
  ASSERT_TRUE(engine.ok()) << MessageOf(engine);
  ASSERT_TRUE(WriteNotes(**engine, 0, 3, 1).ok());
  root.Do("REVOKE INSERT ON vecgate.c_1 FROM " + role_);
  const auto refused = WriteNotes(**engine, 0, 3, 2);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kPermissionDenied);
  EXPECT_THAT(refused.error().message, HasSubstr("permission denied for table c_1"));
  EXPECT_TRUE((*engine)->Search(OpContext{}, kNotes, NearNote(1)).ok());
}

TEST_F(RightsTest, ACatalogOfAnotherFormatIsNotTouched) {
  ASSERT_TRUE(OpenAs("postgres", database_, "vecgate").ok());
  OtherClient root(port(), database_);
  root.Do("UPDATE vecgate.format SET version = 99");
  ExpectRefused(OpenAs("postgres", database_, "vecgate"),
                {"is of format 99, this program has format 1", "another postgres.schema"});
  EXPECT_EQ(root.Number("SELECT version FROM vecgate.format"), 99);
}

TEST_F(RightsTest, ADatabaseOfAnotherEncodingIsRefused) {
  OtherClient root(port());
  root.Do("CREATE DATABASE " + database_ + "_ascii ENCODING 'SQL_ASCII' TEMPLATE template0");
  ExpectRefused(OpenAs("postgres", database_ + "_ascii", "vecgate"),
                {"is encoded in SQL_ASCII; UTF8 is wanted"});
}

TEST_F(RightsTest, ADatabaseOrRoleThatIsNotThereIsAnErrorAtTheStart) {
  const auto no_database = OpenAs("postgres", "nowhere", "vecgate");
  ExpectRefused(no_database, {"database \"nowhere\" does not exist"});
  const auto no_role = OpenAs("nobody_at_all", database_, "vecgate");
  ASSERT_FALSE(no_role.ok());
  EXPECT_EQ(no_role.error().code, Code::kUnauthenticated) << no_role.error().message;
  EXPECT_EQ(no_role.error().subject, Subject::kConfig);
}

}  // namespace
}  // namespace vecgate::postgres
