// Encoding, checked decoding, and hashes against published vectors.
#include "base/bytes.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "base/checksum.h"

namespace vecgate {
namespace {

TEST(BytesTest, ReadsBackWhatWasWritten) {
  ByteWriter out;
  out.Put(uint8_t{0xfe});
  out.Put(int64_t{std::numeric_limits<int64_t>::min()});
  out.Put(1.5F);
  out.Put(-2.25);
  out.PutString(std::string("a\0b", 3));
  out.PutString("");
  out.PutRaw("xyz", 3);
  const std::string bytes = out.Take();

  ByteReader in(bytes);
  EXPECT_EQ(in.Get<uint8_t>().value(), 0xfe);
  EXPECT_EQ(in.Get<int64_t>().value(), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(in.Get<float>().value(), 1.5F);
  EXPECT_EQ(in.Get<double>().value(), -2.25);
  EXPECT_EQ(in.GetString().value(), std::string_view("a\0b", 3));
  EXPECT_EQ(in.GetString().value(), "");
  EXPECT_EQ(in.GetRaw(3).value(), "xyz");
  EXPECT_EQ(in.remaining(), 0U);
}

TEST(BytesTest, IntegersAreLittleEndian) {
  ByteWriter out;
  out.Put(uint32_t{0x01020304});
  EXPECT_EQ(out.bytes(), std::string("\x04\x03\x02\x01"));
}

TEST(BytesTest, AShortInputIsDataLossAndConsumesNothing) {
  const std::string three = "abc";
  ByteReader in(three);
  const Result<uint32_t> number = in.Get<uint32_t>();
  ASSERT_FALSE(number.ok());
  EXPECT_EQ(number.error().code, Code::kDataLoss);
  EXPECT_EQ(number.error().message, "encoded data ends early: 4 bytes wanted, 3 left");
  EXPECT_EQ(in.remaining(), 3U);
  EXPECT_FALSE(in.GetRaw(4).ok());
  EXPECT_EQ(in.GetRaw(3).value(), "abc");
  EXPECT_FALSE(in.Get<uint8_t>().ok());
}

TEST(BytesTest, AStringThatClaimsMoreThanThereIsIsRefused) {
  ByteWriter out;
  out.Put(std::numeric_limits<uint32_t>::max());
  out.PutRaw("abc", 3);
  const std::string bytes = out.Take();
  ByteReader in(bytes);
  EXPECT_EQ(in.GetString().error().code, Code::kDataLoss);
}

TEST(ChecksumTest, Crc32cGivesThePublishedValues) {
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);
  // RFC 3720, B.4.
  EXPECT_EQ(Crc32c(std::string(32, '\0')), 0x8a9136aaU);
  EXPECT_EQ(Crc32c(std::string(32, '\xff')), 0x62a8ab43U);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising.push_back(c);
  EXPECT_EQ(Crc32c(rising), 0x46dd794eU);
}

TEST(ChecksumTest, Crc32cContinuesWhereItStopped) {
  const std::string text = "The quick brown fox jumps over the lazy dog, twice.";
  for (size_t cut = 0; cut <= text.size(); ++cut) {
    const std::string_view all = text;
    EXPECT_EQ(Crc32c(all.substr(cut), Crc32c(all.substr(0, cut))), Crc32c(text)) << cut;
  }
}

TEST(ChecksumTest, Crc32cSeesEveryFlippedBit) {
  std::string text(37, 'v');
  const uint32_t whole = Crc32c(text);
  for (size_t bit = 0; bit < text.size() * 8; ++bit) {
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(Crc32c(text), whole) << bit;
    text[bit / 8] = static_cast<char>(text[bit / 8] ^ (1 << (bit % 8)));
  }
}

TEST(ChecksumTest, Sha256GivesThePublishedValues) {
  EXPECT_EQ(Sha256Hex(""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(Sha256Hex(std::string(1'000'000, 'a')),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(ChecksumTest, TheStableHashNeverChanges) {
  // Partitions of a partition key are chosen by it, so rows on disk depend on these values.
  EXPECT_EQ(StableHash64(""), 0xecba3df2c3383c52ULL);
  EXPECT_EQ(StableHash64("vecgate"), 0xc60d3a1b529acecbULL);
  EXPECT_NE(StableHash64("vecgate"), StableHash64("vecgatf"));
  EXPECT_NE(StableHash64(""), StableHash64(std::string(1, '\0')));
}

}  // namespace
}  // namespace vecgate
