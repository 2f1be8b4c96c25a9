#include "document/chunk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rng.h"
#include "document/sentences.h"

namespace vecgate {
namespace {

using ::testing::ElementsAre;

// Words as tokens: what chunking needs of a model.
std::vector<ByteRange> Words(std::string_view text) {
  std::vector<ByteRange> out;
  size_t at = 0;
  while ((at = text.find_first_not_of(" \n\t\r", at)) != std::string_view::npos) {
    const size_t end = std::min(text.find_first_of(" \n\t\r", at), text.size());
    out.push_back({at, end});
    at = end;
  }
  return out;
}

std::vector<std::string> Cut(const std::string& text, ChunkOptions options) {
  std::vector<std::string> out;
  for (const Chunk& chunk : ChunkText(text, Words(text), {{1, {0, text.size()}}}, options)) {
    EXPECT_EQ(chunk.index, static_cast<int32_t>(out.size()));
    out.push_back(text.substr(chunk.bytes.begin, chunk.bytes.size()));
  }
  return out;
}

std::string Numbers(int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += (i > 0 ? " " : "") + std::to_string(i);
  return out;
}

TEST(ChunkTest, FixedWindowsOverlap) {
  EXPECT_THAT(Cut(Numbers(20), {ChunkStrategy::kFixed, 8, 2}),
              ElementsAre("0 1 2 3 4 5 6 7", "6 7 8 9 10 11 12 13", "12 13 14 15 16 17 18 19"));
  EXPECT_THAT(Cut(Numbers(8), {ChunkStrategy::kFixed, 8, 4}), ElementsAre(Numbers(8)));
  EXPECT_TRUE(Cut(" \n ", {ChunkStrategy::kFixed, 8, 0}).empty());
}

TEST(ChunkTest, SentencesStayWhole) {
  EXPECT_THAT(
      Cut("One two three. Four five six. Seven eight nine. Ten.", {ChunkStrategy::kSentence, 8, 3}),
      ElementsAre("One two three. Four five six.", "Four five six. Seven eight nine. Ten."));
}

TEST(ChunkTest, RecursiveKeepsParagraphsAndSplitsLongOnes) {
  const std::string text = "A b c d.\n\nE f g h.\n\n" + Numbers(20);
  EXPECT_THAT(Cut(text, {ChunkStrategy::kRecursive, 8, 0}),
              ElementsAre("A b c d.\n\nE f g h.", "0 1 2 3 4 5 6 7", "8 9 10 11 12 13 14 15",
                          "16 17 18 19"));
}

TEST(ChunkTest, MarkdownNeverCrossesAHeading) {
  const std::string text = "# One\n\na b\n\n# Two\n\nc d\n\n```\n# not a heading\n```\n";
  EXPECT_THAT(Cut(text, {ChunkStrategy::kMarkdown, 50, 0}),
              ElementsAre("# One\n\na b", "# Two\n\nc d\n\n```\n# not a heading\n```"));
}

TEST(ChunkTest, PagesAreThoseWhereAChunkBegins) {
  const std::string text = Numbers(20);
  const std::vector<Page> pages{{1, {0, 10}}, {2, {10, 20}}, {3, {20, text.size()}}};
  std::vector<int32_t> numbers;
  for (const Chunk& chunk : ChunkText(text, Words(text), pages, {ChunkStrategy::kFixed, 8, 0})) {
    numbers.push_back(chunk.page);
  }
  EXPECT_THAT(numbers, ElementsAre(1, 2, 3));
}

TEST(ChunkTest, EndlessWordsAndSpacesStayBounded) {
  const std::string word(1 << 20, 'x');
  for (const std::string& chunk : Cut(word, {ChunkStrategy::kRecursive, 200, 20})) {
    EXPECT_LE(chunk.size(), 64U << 10);
  }
  const std::string spaces = "a" + std::string(1 << 20, ' ') + "b";
  EXPECT_THAT(Cut(spaces, {ChunkStrategy::kFixed, 8, 0}), ElementsAre("a", "b"));
}

// Whatever the text: every word is in a chunk, order holds, no chunk is too long, and twice the
// same text gives twice the same chunks.
TEST(ChunkTest, PropertiesHoldOnRandomTexts) {
  constexpr uint64_t kSeed = 4711;
  Rng rng(kSeed);
  const std::vector<std::string> pieces{"word ", "a. ",   "B! ", "\n",   "\n\n", "# H\n", "```\n",
                                        "- x ",  "e.g. ", "\t",  "Ünï ", "。",   "1. ",   "…\n"};
  for (int round = 0; round < 400; ++round) {
    std::string text;
    for (uint64_t i = 0; i < rng.Below(300); ++i) text += pieces[rng.Below(pieces.size())];
    const std::vector<ByteRange> words = Words(text);
    ChunkOptions options{static_cast<ChunkStrategy>(rng.Below(4)), 8 + rng.Below(30), 0};
    options.overlap_tokens = rng.Below(options.max_tokens / 2 + 1);
    const auto chunks = ChunkText(text, words, {{1, {0, text.size()}}}, options);
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " round " + std::to_string(round));
    std::vector<int> covered(words.size(), 0);
    size_t last_begin = 0;
    for (const Chunk& chunk : chunks) {
      EXPECT_GE(chunk.bytes.begin, last_begin);
      last_begin = chunk.bytes.begin;
      size_t count = 0;
      for (size_t w = 0; w < words.size(); ++w) {
        if (words[w].begin >= chunk.bytes.begin && words[w].end <= chunk.bytes.end) {
          covered[w]++;
          ++count;
        }
      }
      EXPECT_LE(count, options.max_tokens);
      EXPECT_GE(count, 1U);
    }
    EXPECT_EQ(std::count(covered.begin(), covered.end(), 0), 0);
    const auto again = ChunkText(text, words, {{1, {0, text.size()}}}, options);
    ASSERT_EQ(again.size(), chunks.size());
    for (size_t i = 0; i < chunks.size(); ++i) EXPECT_EQ(again[i].bytes, chunks[i].bytes);
  }
}

TEST(ChunkTest, BadOptionsAreRefused) {
  EXPECT_FALSE(Validate({ChunkStrategy::kFixed, 7, 0}).ok());
  EXPECT_FALSE(Validate({ChunkStrategy::kFixed, 100, 51}).ok());
  EXPECT_TRUE(Validate({ChunkStrategy::kFixed, 100, 50}).ok());
  EXPECT_FALSE(ChunkStrategyFromName("semantic").ok());
}

std::vector<std::string> Sentences(const std::string& text) {
  std::vector<std::string> out;
  for (const ByteRange range : SplitSentences(text))
    out.push_back(text.substr(range.begin, range.size()));
  return out;
}

TEST(SentencesTest, WrappedLinesAreJoined) {
  EXPECT_THAT(Sentences("The first sentence is\nwrapped over lines. The second\r\none too.\n"),
              ElementsAre("The first sentence is\nwrapped over lines.", "The second\r\none too."));
}

TEST(SentencesTest, AbbreviationsAndInitialsDoNotEndOne) {
  EXPECT_THAT(
      Sentences("See Fig. 3 and e.g. Table 4. J. R. Smith wrote it, cf. Jones et al. 1999. End."),
      ElementsAre("See Fig. 3 and e.g. Table 4.", "J. R. Smith wrote it, cf. Jones et al. 1999.",
                  "End."));
}

TEST(SentencesTest, BlocksEndOne) {
  EXPECT_THAT(Sentences("A heading\n\nText goes on\n- an item\n- another item\n1. first\n"),
              ElementsAre("A heading", "Text goes on", "- an item", "- another item", "1. first"));
  EXPECT_TRUE(Sentences("  \n ").empty());
}

}  // namespace
}  // namespace vecgate
