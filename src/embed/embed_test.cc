#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <numeric>

#include "base/uuid.h"
#include "embed/hash_embedder.h"
#include "embed/minilm_embedder.h"
#include "embed/safetensors.h"

namespace vecgate {
namespace {

using ::testing::HasSubstr;

float Cosine(std::span<const float> a, std::span<const float> b) {
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0F);
}

// Shared: opening the model takes a second.
const MiniLmEmbedder& MiniLm() {
  static const std::unique_ptr<MiniLmEmbedder> embedder = MiniLmEmbedder::Open({}).value();
  return *embedder;
}

std::vector<std::vector<float>> Embed(const Embedder& embedder,
                                      const std::vector<std::string>& texts) {
  const std::vector<float> flat = embedder.EmbedBatch({}, texts).value();
  std::vector<std::vector<float>> out;
  for (size_t i = 0; i < texts.size(); ++i) {
    const auto begin = flat.begin() + static_cast<ptrdiff_t>(i * embedder.dimension());
    out.emplace_back(begin, begin + static_cast<ptrdiff_t>(embedder.dimension()));
  }
  return out;
}

TEST(HashEmbedderTest, VectorsAreUnitAndDeterministic) {
  const HashEmbedder embedder;
  const auto a = Embed(embedder, {"", "the red fox", "The RED fox!", "something else entirely"});
  for (const auto& vector : a) EXPECT_NEAR(Cosine(vector, vector), 1.0F, 1e-5F);
  EXPECT_GT(Cosine(a[1], a[2]), 0.8F);
  EXPECT_LT(Cosine(a[1], a[3]), 0.3F);
  EXPECT_EQ(Embed(embedder, {"the red fox"})[0], a[1]);
}

TEST(MiniLmTest, MeaningIsNear) {
  const auto v = Embed(MiniLm(), {"How do I delete a file?", "Use rm to remove a file from disk.",
                                  "The weather in Paris is mild in spring."});
  EXPECT_GT(Cosine(v[0], v[1]), 0.5F);
  EXPECT_LT(Cosine(v[0], v[2]), 0.2F);
}

TEST(MiniLmTest, AVectorDoesNotDependOnItsBatch) {
  std::vector<std::string> texts;
  for (int i = 0; i < 70; ++i)
    texts.push_back(std::string(static_cast<size_t>(i) * 7, 'a') + " word " + std::to_string(i));
  const auto together = Embed(MiniLm(), texts);
  for (const size_t i : {size_t{0}, size_t{33}, size_t{69}}) {
    EXPECT_GT(Cosine(together[i], Embed(MiniLm(), {texts[i]})[0]), 0.99999F) << i;
  }
}

TEST(MiniLmTest, TextBeyondTheLimitDoesNotCount) {
  std::string text;
  for (int i = 0; i < 254; ++i) text += "word ";
  const auto v = Embed(MiniLm(), {text, text + "completely different ending here"});
  EXPECT_GT(Cosine(v[0], v[1]), 0.99999F);
}

TEST(MiniLmTest, TokensAreByteRangesOfTheText) {
  const std::string text = "Caf\u00e9 \u6771\u4eac unaffable x";
  std::vector<std::string> tokens;
  for (const ByteRange range : MiniLm().Tokens(text))
    tokens.push_back(text.substr(range.begin, range.size()));
  EXPECT_THAT(tokens,
              ::testing::ElementsAre("Caf\u00e9", "\u6771", "\u4eac", "una", "ffa", "ble", "x"));
}

TEST(MiniLmTest, StopsWhenCancelled) {
  const std::atomic<bool> cancelled{true};
  OpContext context;
  context.cancelled = &cancelled;
  const std::vector<std::string> texts{"a"};
  EXPECT_EQ(MiniLm().EmbedBatch(context, texts).error().code, Code::kCancelled);
}

TEST(WordPieceTest, NamesOfControlTokensAreText) {
  for (const WordPieceToken& token : MiniLm().tokenizer().Tokenize("[CLS] [SEP] [MASK]")) {
    EXPECT_NE(token.id, MiniLm().tokenizer().cls_id());
    EXPECT_NE(token.id, MiniLm().tokenizer().sep_id());
  }
}

TEST(WordPieceTest, AnyBytesAreAccepted) {
  EXPECT_TRUE(MiniLm().tokenizer().Tokenize("\xff\xfe\x80").empty());
  EXPECT_EQ(MiniLm().tokenizer().Tokenize("a\xffz").size(), 1U) << "the broken byte is skipped";
}

TEST(MakeEmbedderTest, ErrorsSayWhatIsWrong) {
  EXPECT_THAT(MakeEmbedder({.kind = "gpt"}).error().message, HasSubstr("allowed: minilm, hash"));
  EXPECT_EQ(MakeEmbedder({.model_dir = "/nowhere"}).error().code, Code::kNotFound);
  EXPECT_EQ(MakeEmbedder({.kind = "hash"}).value()->name(), "hash");
}

TEST(SafetensorsTest, DamageIsNoticed) {
  const std::string path = std::filesystem::temp_directory_path() / ("vg-st-" + NewUuid());
  const auto open = [&](const std::string& header, size_t data_bytes, uint64_t claimed) {
    std::ofstream file(path, std::ios::binary);
    file.write(reinterpret_cast<const char*>(&claimed), 8);
    file << header << std::string(data_bytes, '\0');
    file.close();
    return Safetensors::Open(path);
  };
  const std::string good = R"({"w": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}})";
  ASSERT_TRUE(open(good, 16, good.size()).ok());
  EXPECT_TRUE(open(good, 16, good.size())->Get("w", {2, 2}).ok());
  EXPECT_FALSE(open(good, 16, good.size())->Get("w", {4}).ok());
  EXPECT_FALSE(open(good, 16, good.size())->Get("v", {2, 2}).ok());
  EXPECT_FALSE(open(good, 8, good.size()).ok()) << "ends early";
  EXPECT_FALSE(open(good, 16, 1ULL << 60).ok()) << "header longer than the file";
  EXPECT_FALSE(open("[1]", 16, 3).ok());
  const std::string lies = R"({"w": {"dtype": "F32", "shape": [3], "data_offsets": [0, 16]}})";
  EXPECT_FALSE(open(lies, 16, lies.size()).ok());
  std::filesystem::remove(path);
}

}  // namespace
}  // namespace vecgate
