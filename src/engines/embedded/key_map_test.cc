// KeyMap against a map that holds the keys themselves.
#include "engines/embedded/key_map.h"

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "base/rng.h"

namespace vecgate::embedded {
namespace {

/// Rows of which nothing is known but their keys.
class Keys {
 public:
  explicit Keys(DataType type) : type_(type) {}

  index::Slot Add(const PrimaryKey& key) {
    RowBatch batch;
    batch.columns.emplace_back(type_);
    std::visit([&](const auto& value) { batch.columns[0].Append(Value(value)); }, key);
    rows_ = rows_.With(batch, {0});
    return static_cast<index::Slot>(rows_.rows() - 1);
  }
  [[nodiscard]] const ScalarRows& rows() const { return rows_; }

 private:
  DataType type_;
  ScalarRows rows_;
};

void Replay(DataType type, const std::vector<PrimaryKey>& pool) {
  Keys keys(type);
  KeyMap map(0);
  std::map<PrimaryKey, index::Slot> expected;
  Rng rng(1);
  const auto slot_of = [&](const PrimaryKey& key) -> std::optional<index::Slot> {
    const auto found = expected.find(key);
    if (found == expected.end()) return std::nullopt;
    return found->second;
  };
  for (int step = 0; step < 20'000; ++step) {
    const PrimaryKey& key = pool[rng.Below(pool.size())];
    const std::optional<index::Slot> old = slot_of(key);
    if (rng.Below(3) == 0) {
      ASSERT_EQ(map.Erase(key, keys.rows()), old);
      expected.erase(key);
    } else {
      const index::Slot slot = keys.Add(key);
      ASSERT_EQ(map.Set(key, slot, keys.rows()), old);
      expected[key] = slot;
    }
    const PrimaryKey& other = pool[rng.Below(pool.size())];
    ASSERT_EQ(map.Find(other, keys.rows()), slot_of(other));
  }
}

TEST(KeyMapTest, HoldsWhatAMapOfKeysHolds) {
  std::vector<PrimaryKey> numbers;
  std::vector<PrimaryKey> texts;
  for (int64_t i = -500; i < 500; ++i) {
    numbers.emplace_back(i << 40);
    texts.emplace_back("key " + std::to_string(i));
  }
  Replay(DataType::kInt64, numbers);
  Replay(DataType::kVarChar, texts);
}

TEST(KeyMapTest, TellsKeysOfOneHashApart) {
  // Multiples of this have products with the map's factor that differ in their lower half alone.
  uint64_t inverse = 1;
  for (int round = 0; round < 6; ++round) inverse *= 2 - 0x9E3779B97F4A7C15U * inverse;
  ASSERT_EQ(inverse * 0x9E3779B97F4A7C15U, 1U);
  std::vector<PrimaryKey> same;
  for (uint64_t i = 0; i < 20; ++i) same.emplace_back(static_cast<int64_t>(inverse * i));
  Replay(DataType::kInt64, same);
}

TEST(KeyMapTest, AKeyOfAnotherTypeIsNotThere) {
  Keys keys(DataType::kInt64);
  KeyMap map(0);
  map.Set(PrimaryKey{int64_t{1}}, keys.Add(PrimaryKey{int64_t{1}}), keys.rows());
  EXPECT_EQ(map.Find(PrimaryKey{"1"}, keys.rows()), std::nullopt);
  EXPECT_EQ(map.Erase(PrimaryKey{"1"}, keys.rows()), std::nullopt);
}

TEST(KeyMapTest, TakesLessThanTwentyBytesAKey) {
  KeyMap map(0);
  map.Reserve(1'000'000);
  EXPECT_GE(map.SizeBytes(), 9'000'000U);
  EXPECT_LT(map.SizeBytes(), 20'000'000U);
}

}  // namespace
}  // namespace vecgate::embedded
