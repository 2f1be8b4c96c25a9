#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "base/uuid.h"
#include "metadata/metadata_store.h"
#include "metadata/migrations.h"

namespace vecgate {
namespace {

using ::testing::HasSubstr;

class MetadataTest : public ::testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(dir_); }
  void TearDown() override { std::filesystem::remove_all(dir_); }
  [[nodiscard]] std::string Path() const { return dir_ / "metadata.db"; }
  static Status Execute(MetadataStore& store, const std::string& statement) {
    return store.WithTransaction([&](soci::session& sql) -> Status {
      sql << statement;
      return Ok();
    });
  }
  static int CountDatabases(MetadataStore& store) {
    return store
        .Read<int>([](soci::session& sql) -> Result<int> {
          int count = 0;
          sql << "SELECT count(*) FROM databases", soci::into(count);
          return count;
        })
        .value();
  }
  std::filesystem::path dir_ = std::filesystem::temp_directory_path() / ("vg-meta-" + NewUuid());
};

constexpr const char* kInsert =
    "INSERT INTO databases (id, name, created_ms) VALUES (1, 'default', 0)";

TEST_F(MetadataTest, AFreshFileMigratesItselfAndKeepsItsRows) {
  {
    auto store = MetadataStore::Open(Path()).value();
    ASSERT_TRUE(Execute(*store, kInsert).ok());
  }
  auto store = MetadataStore::Open(Path()).value();
  EXPECT_EQ(CountDatabases(*store), 1);
  const std::vector<MigrationStatus> steps = GetMigrationStatus(*store).value();
  for (const MigrationStatus& step : steps) {
    EXPECT_TRUE(step.applied) << step.name;
  }
}

TEST_F(MetadataTest, AFailedTransactionLeavesNothing) {
  auto store = MetadataStore::Open(Path()).value();
  const Status failed = store->WithTransaction([](soci::session& sql) -> Status {
    sql << kInsert;
    return InvalidArgument("changed my mind");
  });
  EXPECT_EQ(failed.error().message, "changed my mind");
  EXPECT_EQ(CountDatabases(*store), 0);
  ASSERT_TRUE(Execute(*store, kInsert).ok());
  EXPECT_EQ(Execute(*store, kInsert).error().code, Code::kAlreadyExists);
  EXPECT_EQ(Execute(*store, "SELECT * FROM nowhere").error().code, Code::kInternal);
  EXPECT_EQ(CountDatabases(*store), 1);
}

TEST_F(MetadataTest, AnOldSchemaIsRefusedWithTheCommandThatMendsIt) {
  {
    auto store = MetadataStore::Open(Path()).value();
    ASSERT_EQ(MigrateDown(*store, 1).value(), static_cast<int>(AllMigrations().size()) - 1);
  }
  const auto refused = MetadataStore::Open(Path());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kFailedPrecondition);
  EXPECT_THAT(refused.error().message, HasSubstr("vecgate migrate up"));
  {
    auto store = MetadataStore::Open(Path(), MetadataStore::Migrate::kNever).value();
    EXPECT_GT(MigrateUp(*store).value(), 0);
    EXPECT_EQ(MigrateUp(*store).value(), 0);
  }
  EXPECT_TRUE(MetadataStore::Open(Path()).ok());
}

TEST_F(MetadataTest, ANewerOrEditedSchemaIsRefused) {
  {
    auto store = MetadataStore::Open(Path()).value();
    ASSERT_TRUE(Execute(*store, "INSERT INTO schema_migrations VALUES (99, 'x', 'y', 0)").ok());
  }
  EXPECT_THAT(MetadataStore::Open(Path()).error().message, HasSubstr("newer than this program"));
  {
    auto store = MetadataStore::Open(Path(), MetadataStore::Migrate::kNever).value();
    ASSERT_TRUE(Execute(*store, "DELETE FROM schema_migrations WHERE version = 99").ok());
    ASSERT_TRUE(
        Execute(*store, "UPDATE schema_migrations SET checksum = 'z' WHERE version = 1").ok());
  }
  EXPECT_THAT(MetadataStore::Open(Path()).error().message, HasSubstr("another text"));
}

TEST_F(MetadataTest, EveryMigrationCanBeUndoneAndRedone) {
  auto store = MetadataStore::Open(Path()).value();
  const int all = static_cast<int>(AllMigrations().size());
  EXPECT_EQ(MigrateDown(*store, 0).value(), all);
  EXPECT_EQ(MigrateUp(*store).value(), all);
  EXPECT_TRUE(ValidateSchema(*store).ok());
}

TEST_F(MetadataTest, ADamagedFileIsAnError) {
  std::filesystem::create_directories(dir_);
  FILE* file = fopen(Path().c_str(), "w");
  ASSERT_NE(file, nullptr);
  for (int i = 0; i < 1000; ++i) fputs("this is not a database ", file);
  fclose(file);
  EXPECT_EQ(MetadataStore::Open(Path()).error().code, Code::kDataLoss);
}

TEST_F(MetadataTest, IdsAreNeverGivenTwice) {
  int64_t last = 0;
  for (int round = 0; round < 3; ++round) {
    auto store = MetadataStore::Open(Path()).value();
    const int64_t id =
        store
            ->Read<int64_t>([](soci::session& sql) { return MetadataStore::ReserveIds(sql, 0, 1); })
            .value();
    EXPECT_GT(id, last);
    last = id;
  }
}

}  // namespace
}  // namespace vecgate
