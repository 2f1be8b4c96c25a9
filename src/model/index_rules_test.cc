// Which scalar index type each field takes, and in which words the others are refused.
#include "model/index_rules.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vecgate {
namespace {

using enum DataType;
using ::testing::HasSubstr;

FieldSchema Field(DataType type, DataType element = kNone, bool primary_key = false) {
  FieldSchema field;
  field.name = "color";
  field.type = type;
  field.element_type = element;
  field.is_primary_key = primary_key;
  return field;
}

/// The types of scalar fields, and with `arrays` of their elements, that the index takes.
std::vector<DataType> Taken(IndexType type, bool arrays) {
  std::vector<DataType> taken;
  for (const DataType each :
       {kBool, kInt8, kInt16, kInt32, kInt64, kFloat, kDouble, kVarChar, kJson}) {
    if (CheckScalarIndex(type, arrays ? Field(kArray, each) : Field(each)).ok()) {
      taken.push_back(each);
    }
  }
  return taken;
}

TEST(IndexRules, FieldsOfEachType) {
  const std::vector<DataType> all = {kBool,  kInt8,  kInt16,  kInt32,
                                     kInt64, kFloat, kDouble, kVarChar};
  const std::vector<DataType> no_reals = {kBool, kInt8, kInt16, kInt32, kInt64, kVarChar};
  const std::vector<DataType> numbers = {kInt8, kInt16, kInt32, kInt64, kFloat, kDouble};
  for (const IndexType type : {IndexType::kAuto, IndexType::kInverted}) {
    EXPECT_EQ(Taken(type, false), all);
    EXPECT_EQ(Taken(type, true), all);
  }
  EXPECT_EQ(Taken(IndexType::kBitmap, false), no_reals);
  EXPECT_EQ(Taken(IndexType::kBitmap, true), no_reals);
  EXPECT_EQ(Taken(IndexType::kStlSort, false), numbers);
  EXPECT_EQ(Taken(IndexType::kTrie, false), std::vector<DataType>{kVarChar});
  EXPECT_TRUE(Taken(IndexType::kStlSort, true).empty());
  EXPECT_TRUE(Taken(IndexType::kTrie, true).empty());
}

TEST(IndexRules, APrimaryKeyTakesEveryTypeButBitmap) {
  const FieldSchema key = Field(kInt64, kNone, true);
  EXPECT_TRUE(CheckScalarIndex(IndexType::kInverted, key).ok());
  EXPECT_TRUE(CheckScalarIndex(IndexType::kStlSort, key).ok());
  const Status refused = CheckScalarIndex(IndexType::kBitmap, key);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, Code::kInvalidArgument);
  EXPECT_THAT(refused.error().message, HasSubstr("color (Int64, the primary key)"));
}

TEST(IndexRules, RefusalsNameFieldTypeAndWhatIsAllowed) {
  const Status floats = CheckScalarIndex(IndexType::kBitmap, Field(kArray, kFloat));
  ASSERT_FALSE(floats.ok());
  EXPECT_EQ(floats.error().subject, Subject::kIndex);
  EXPECT_EQ(floats.error().message,
            "index type BITMAP cannot be built on field color (Array of Float): it takes Bool, "
            "Int8, Int16, Int32, Int64 and VarChar, and arrays of these, but not the primary key");
  const Status vectors = CheckScalarIndex(IndexType::kHnsw, Field(kVarChar));
  ASSERT_FALSE(vectors.ok());
  EXPECT_EQ(vectors.error().code, Code::kUnimplemented);
  EXPECT_EQ(vectors.error().message,
            "index type HNSW is not for scalar fields, such as color (VarChar); those take "
            "AUTOINDEX, INVERTED, BITMAP, STL_SORT, Trie");
}

}  // namespace
}  // namespace vecgate
