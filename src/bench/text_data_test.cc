// Lines of text as a data set, with the hash embedder, whose vectors are known to differ by text.
#include "bench/text_data.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "bench/data_file_fixture.h"

namespace vecgate::bench {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;

class TextDataTest : public testing::Test {
 protected:
  Status Write(const std::string& text, size_t queries) {
    return WriteTextData(*embedder_,
                         {.lines = files_.Write("lines.txt", text),
                          .queries = queries,
                          .directory = files_.Path("")},
                         [this](size_t done, size_t total) {
                           progress_ = {done, total};
                         });
  }
  DataFiles files_;
  std::unique_ptr<Embedder> embedder_ = std::move(*MakeEmbedder({.kind = "hash"}));
  std::pair<size_t, size_t> progress_;
};

TEST_F(TextDataTest, QueriesAreSpreadAndLeftOutOfTheBase) {
  ASSERT_TRUE(Write("one\ntwo\n\nthree\n  \nfour", 2).ok());
  const auto base = OpenVectors(files_.Path("base.npy"));
  const auto query = OpenVectors(files_.Path("query.npy"));
  ASSERT_TRUE(base.ok() && query.ok());
  ASSERT_EQ(base->rows(), 2U);
  ASSERT_EQ(query->rows(), 2U);
  // Of four lines the second and the fourth are the queries.
  const auto four = embedder_->EmbedBatch(OpContext{}, std::vector<std::string>{"four"});
  EXPECT_THAT(query->RowSpan(1), ElementsAreArray(*four));
  EXPECT_EQ(progress_, (std::pair<size_t, size_t>{4, 4}));
}

TEST_F(TextDataTest, MoreLinesThanQueriesAreNeeded) {
  const Status status = Write("one\ntwo\n", 2);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("2 lines of text were found"));
}

TEST_F(TextDataTest, AMissingFileIsNamed) {
  const Status status = WriteTextData(*embedder_, {.lines = files_.Path("none.txt")}, {});
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("none.txt"));
}

}  // namespace
}  // namespace vecgate::bench
