#include "base/checksum.h"

#include <gtest/gtest.h>

#include "base/rng.h"

namespace vecgate {
namespace {

TEST(Crc32c, KnownValues) {
  EXPECT_EQ(Crc32c(""), 0U);
  EXPECT_EQ(Crc32c("123456789"), 0xe3069283U);  // The check value of the CRC catalogue.
  EXPECT_EQ(Crc32c("6789", Crc32c("12345")), 0xe3069283U);
}

TEST(Crc32c, HardwareAndPortableAgreeAtEveryLengthAndOffset) {
  Rng rng(1);
  std::string bytes(300, '\0');
  for (char& c : bytes) c = static_cast<char>(rng.Next());
  for (size_t begin = 0; begin < 9; ++begin) {
    for (size_t size = 0; begin + size <= bytes.size(); ++size) {
      const std::string_view part = std::string_view(bytes).substr(begin, size);
      ASSERT_EQ(Crc32c(part, 7), Crc32cWithoutHardware(part, 7)) << begin << " " << size;
    }
  }
}

TEST(Sha256, KnownValue) {
  EXPECT_EQ(Sha256Hex("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

}  // namespace
}  // namespace vecgate
