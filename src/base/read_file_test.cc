#include "base/read_file.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "base/uuid.h"

namespace vecgate {
namespace {

TEST(ReadSmallFileTest, GivesTheBytesOrSaysWhyNot) {
  const std::string path = std::filesystem::temp_directory_path() / ("vg-read-" + NewUuid());
  EXPECT_EQ(ReadSmallFile(path).error().code, Code::kNotFound);
  EXPECT_NE(ReadSmallFile(path).error().message.find(path), std::string::npos);
  const std::string bytes = std::string(100'000, 'x') + '\0' + "end";
  std::ofstream(path, std::ios::binary) << bytes;
  EXPECT_EQ(ReadSmallFile(path).value(), bytes);
  std::filesystem::resize_file(path, (16 << 20) + 1);
  EXPECT_EQ(ReadSmallFile(path).error().code, Code::kInvalidArgument);
  std::filesystem::remove(path);
  EXPECT_EQ(ReadSmallFile(std::filesystem::temp_directory_path()).error().code, Code::kNotFound)
      << "a folder";
}

}  // namespace
}  // namespace vecgate
