#include "storage/key_value_store.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "storage/fault_store.h"
#include "storage/memory_store.h"
#include "storage/rocks_store.h"

namespace vecgate::storage {
namespace {

// A fresh folder for each test, removed afterwards.
class TempFolder {
 public:
  explicit TempFolder(const std::string& name) : path_(testing::TempDir() + "/vecgate_kv_" + name) {
    std::filesystem::remove_all(path_);
  }
  ~TempFolder() { std::filesystem::remove_all(path_); }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::unique_ptr<RocksStore> OpenRocks(const TempFolder& folder) {
  auto store = RocksStore::Open({.directory = folder.path()});
  EXPECT_TRUE(store.ok()) << (store.ok() ? "" : store.error().message);
  return std::move(*store);
}

std::string Listing(KeyValueStore& store, std::string_view begin, std::string_view end) {
  std::string out;
  EXPECT_TRUE(store
                  .Scan(begin, end,
                        [&](std::string_view key, std::string_view value) {
                          out += std::string(key) + "=" + std::string(value) + " ";
                          return Ok();
                        })
                  .ok());
  return out;
}

void ExpectContract(KeyValueStore& store) {
  WriteSet first;
  first.Put("a", "1");
  first.Put("b", "2");
  first.Put("b\xff", "3");
  first.Put("c", "4");
  ASSERT_TRUE(store.Write(first, Durability::kSync).ok());
  EXPECT_EQ(*store.Get("a"), "1");
  EXPECT_EQ(*store.Get("x"), std::nullopt);
  EXPECT_EQ(Listing(store, "b", PrefixEnd("b")), "b=2 b\xff=3 ");
  EXPECT_EQ(Listing(store, "", ""), "a=1 b=2 b\xff=3 c=4 ");
  WriteSet second;
  second.Delete("a");
  second.DeleteRange("b", "c");
  second.Put("b", "5");  // After the range, so it stays.
  ASSERT_TRUE(store.Write(second, Durability::kAsync).ok());
  EXPECT_EQ(Listing(store, "", ""), "b=5 c=4 ");
  const Status stopped = store.Scan(
      "", "", [](std::string_view, std::string_view) -> Status { return NotFound("enough"); });
  EXPECT_EQ(stopped.error().message, "enough");
  EXPECT_TRUE(store.Sync().ok());
  EXPECT_TRUE(store.ReleaseBuffers().ok());
  EXPECT_EQ(Listing(store, "", ""), "b=5 c=4 ");
}

TEST(KeyValueStore, MemoryKeepsTheContract) {
  MemoryStore store;
  ExpectContract(store);
}

TEST(KeyValueStore, RocksKeepsTheContractAndReopens) {
  const TempFolder folder("contract");
  auto store = OpenRocks(folder);
  ExpectContract(*store);
  ASSERT_TRUE(store->Close().ok());
  store = OpenRocks(folder);
  EXPECT_EQ(Listing(*store, "", ""), "b=5 c=4 ");
}

TEST(KeyValueStore, PrefixEndIsTheNextPrefix) {
  EXPECT_EQ(PrefixEnd("ab"), "ac");
  EXPECT_EQ(PrefixEnd("a\xff"), "b");
  EXPECT_EQ(PrefixEnd("\xff\xff"), "");
}

TEST(RocksStore, ASecondHolderIsToldWhichDirectoryAndWhy) {
  const TempFolder folder("lock");
  const auto store = OpenRocks(folder);
  const auto second = RocksStore::Open({.directory = folder.path()});
  ASSERT_FALSE(second.ok());
  EXPECT_EQ(second.error().code, Code::kFailedPrecondition);
  EXPECT_NE(second.error().message.find(folder.path()), std::string::npos);
  EXPECT_NE(second.error().message.find("another process"), std::string::npos);
}

TEST(RocksStore, AFileInPlaceOfTheDirectoryIsAnErrorAndNoCrash) {
  const auto store = RocksStore::Open({.directory = "/dev/null/data"});
  ASSERT_FALSE(store.ok());
  EXPECT_EQ(store.error().code, Code::kUnavailable);
}

TEST(RocksStore, ConcurrentSyncWritersAllLand) {
  const TempFolder folder("group");
  auto store = OpenRocks(folder);
  {
    std::vector<std::jthread> writers;
    for (int w = 0; w < 8; ++w) {
      writers.emplace_back([&, w] {
        for (int i = 0; i < 20; ++i) {
          WriteSet set;
          set.Put("k" + std::to_string(w) + "." + std::to_string(i), "v");
          ASSERT_TRUE(store->Write(set, Durability::kSync).ok());
        }
      });
    }
  }
  ASSERT_TRUE(store->Close().ok());
  store = OpenRocks(folder);
  size_t count = 0;
  ASSERT_TRUE(store
                  ->Scan("", "",
                         [&](std::string_view, std::string_view) {
                           ++count;
                           return Ok();
                         })
                  .ok());
  EXPECT_EQ(count, 160U);
}

TEST(RocksStore, BuffersAreReleasedOnceTheyAreWorthIt) {
  constexpr size_t kBuffer = size_t{4} << 20;
  const TempFolder folder("buffers");
  auto store = RocksStore::Open({.directory = folder.path(), .write_buffer_bytes = kBuffer});
  ASSERT_TRUE(store.ok());
  const auto put = [&](const std::string& key, size_t size_bytes) {
    WriteSet set;
    set.Put(key, std::string(size_bytes, 'x'));
    ASSERT_TRUE((*store)->Write(set, Durability::kAsync).ok());
  };
  put("little", 1000);
  const auto buffered = [&] { return (*store)->Memory().at("write buffers"); };
  const uint64_t little = buffered();
  ASSERT_TRUE((*store)->ReleaseBuffers().ok());
  EXPECT_EQ(buffered(), little);
  put("much", kBuffer / 2);
  EXPECT_GT(buffered(), kBuffer / 2);
  ASSERT_TRUE((*store)->ReleaseBuffers().ok());
  EXPECT_LT(buffered(), kBuffer / 8);
  EXPECT_EQ((*store)->Get("much")->value().size(), kBuffer / 2);
}

TEST(RocksStore, WhatItHoldsInMemoryIsTold) {
  constexpr size_t kValue = 100'000;
  const TempFolder folder("memory");
  auto store = RocksStore::Open({.directory = folder.path(), .write_buffer_bytes = kValue});
  ASSERT_TRUE(store.ok());
  WriteSet set;
  set.Put("key", std::string(kValue, 'x'));
  ASSERT_TRUE((*store)->Write(set, Durability::kAsync).ok());
  EXPECT_GT((*store)->Memory().at("write buffers"), kValue);
  ASSERT_TRUE((*store)->ReleaseBuffers().ok());
  EXPECT_LT((*store)->Memory().at("block cache"), kValue);
  ASSERT_TRUE((*store)->Get("key").ok());
  EXPECT_GT((*store)->Memory().at("block cache"), kValue);
  EXPECT_GT((*store)->Memory().at("table readers"), 0U);
}

TEST(FaultStore, FailsFromTheChosenWriteAndChangesNothing) {
  MemoryStore below;
  FaultStore store(below);
  store.FailFrom(1);
  WriteSet set;
  set.Put("a", "1");
  EXPECT_TRUE(store.Write(set, Durability::kSync).ok());
  WriteSet other;
  other.Put("b", "2");
  EXPECT_EQ(store.Write(other, Durability::kSync).error().code, Code::kUnavailable);
  EXPECT_EQ(*below.Get("b"), std::nullopt);
  store.Heal();
  EXPECT_TRUE(store.Write(other, Durability::kSync).ok());
}

}  // namespace
}  // namespace vecgate::storage
