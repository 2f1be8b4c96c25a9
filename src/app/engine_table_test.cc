#include "app/engine_table.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "base/read_file.h"

namespace vecgate::app {
namespace {

TEST(EngineTableTest, ThePageIsTheProgramsOwn) {
  const char* root = std::getenv("VECGATE_SOURCE_DIR");
  if (root == nullptr) FAIL() << "VECGATE_SOURCE_DIR is not set; ctest sets it";
  const auto page = ReadSmallFile(std::string(root) + "/docs/engines/capabilities.md");
  ASSERT_TRUE(page.ok()) << page.error().message;
  EXPECT_EQ(*page, EngineReference().value())
      << "write it with: vecgate config engines > docs/engines/capabilities.md";
}

}  // namespace
}  // namespace vecgate::app
