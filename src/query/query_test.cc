// Answers on the real model: the question is met by meaning, the answer only quotes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "chunks/reference_chunk_index.h"
#include "query/query_service.h"

namespace vecgate {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

class QueryTest : public ::testing::Test {
 protected:
  void Add(const std::string& id, const std::string& text, int64_t byte_begin = 0) {
    const std::vector<std::string> texts{text};
    const std::vector<ChunkRow> rows{{.chunk_id = id,
                                      .ingestion_id = "i",
                                      .document_id = "d-" + id,
                                      .document = id + ".txt",
                                      .chunk_text = text,
                                      .page = 3,
                                      .byte_begin = byte_begin,
                                      .byte_end = byte_begin + static_cast<int64_t>(text.size())}};
    ASSERT_TRUE(index_.Switch({}, rows, embedder_->EmbedBatch({}, texts).value(), {}).ok());
  }
  std::unique_ptr<Embedder> embedder_ = MakeEmbedder({}).value();
  ReferenceChunkIndex index_;
  QueryService service_{*embedder_, index_};
};

TEST_F(QueryTest, TheAnswerQuotesTheRightSentence) {
  const std::string shell =
      "Bash reads commands from standard input. To remove a file from the disk\nuse the rm command "
      "with "
      "its name. Aliases allow a string to be substituted for a word.";
  Add("shell", shell, 1000);
  Add("cooking",
      "Boil the pasta in salted water for nine minutes. Serve it with basil and cheese.");
  const QueryAnswer answer = service_.Answer({}, {.question = "How can I delete a file?"}).value();
  EXPECT_EQ(answer.passages.front().row.chunk_id, "shell");
  ASSERT_FALSE(answer.citations.empty());
  const Citation& first = answer.citations.front();
  EXPECT_THAT(first.quote, HasSubstr("use the rm command"));
  EXPECT_EQ(shell.substr(static_cast<size_t>(first.byte_begin) - 1000, first.quote.size()),
            first.quote);
  EXPECT_EQ(first.byte_end - first.byte_begin, static_cast<int64_t>(first.quote.size()));
  EXPECT_EQ(first.page, 3);
  EXPECT_EQ(first.document, "shell.txt");
  EXPECT_THAT(answer.answer, HasSubstr("from the disk use the rm command"));
  EXPECT_THAT(answer.answer, HasSubstr("[1]"));
  EXPECT_THAT(answer.note, HasSubstr("quoted"));
}

TEST_F(QueryTest, NothingNearGivesNoAnswer) {
  Add("cooking",
      "Boil the pasta in salted water for nine minutes. Serve it with basil and cheese.");
  const QueryAnswer answer =
      service_.Answer({}, {.question = "Which TLS versions does the gateway accept?"}).value();
  EXPECT_THAT(answer.answer, IsEmpty());
  EXPECT_THAT(answer.citations, IsEmpty());
  EXPECT_THAT(answer.note, HasSubstr("No passage"));
  EXPECT_EQ(answer.passages.size(), 1U);
}

TEST_F(QueryTest, AnEmptyIndexAndBadRequests) {
  EXPECT_THAT(service_.Answer({}, {.question = "anything?"}).value().passages, IsEmpty());
  EXPECT_FALSE(service_.Answer({}, {.question = "\n "}).ok());
  EXPECT_FALSE(service_.Answer({}, {.question = "a", .top_k = 101}).ok());
  EXPECT_FALSE(service_.Answer({}, {.question = "a", .max_quotes = 21}).ok());
  EXPECT_FALSE(service_.Answer({}, {.question = std::string(20'000, 'a')}).ok());
  EXPECT_FALSE(service_.Answer({}, {.question = "a", .filter = "page == 1"}).ok());
}

}  // namespace
}  // namespace vecgate
