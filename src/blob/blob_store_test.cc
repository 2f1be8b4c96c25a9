#include "blob/blob_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/uuid.h"

namespace vecgate {
namespace {

class BlobStoreTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove_all(dir_); }
  std::string dir_ = std::filesystem::temp_directory_path() / ("vg-blob-" + NewUuid());
};

TEST_F(BlobStoreTest, KeepsContentByItsHash) {
  auto store = BlobStore::Open(dir_).value();
  const std::string bytes("a\0b\xff", 4);
  const std::string name = store->Put(bytes).value();
  EXPECT_EQ(store->Put(bytes).value(), name);
  EXPECT_EQ(BlobStore::Open(dir_).value()->Get(name).value(), bytes);
  EXPECT_TRUE(store->Delete(name).ok());
  EXPECT_TRUE(store->Delete(name).ok());
  EXPECT_EQ(store->Get(name).error().code, Code::kNotFound);
}

TEST_F(BlobStoreTest, NoticesDamageAndBadNames) {
  auto store = BlobStore::Open(dir_).value();
  const std::string name = store->Put("content").value();
  std::ofstream(dir_ + "/" + name.substr(0, 2) + "/" + name) << "changed";
  EXPECT_EQ(store->Get(name).error().code, Code::kDataLoss);
  EXPECT_EQ(store->Get("../../etc/passwd").error().code, Code::kInvalidArgument);
  EXPECT_EQ(store->Delete("").error().code, Code::kInvalidArgument);
}

TEST_F(BlobStoreTest, RemovesWhatACrashLeft) {
  std::filesystem::create_directories(dir_);
  std::ofstream(dir_ + "/half.tmp") << "half";
  ASSERT_TRUE(BlobStore::Open(dir_).ok());
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/half.tmp"));
}

}  // namespace
}  // namespace vecgate
