// Runs every .spec file of this folder on every engine, through the contract.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cmath>
#include <filesystem>

#include "contract_driver.h"
#include "engine/reference/reference_engine.h"
#include "engines/embedded/embedded_engine.h"
#include "engines/milvus/server_fixture.h"
#include "engines/postgres/server_fixture.h"

namespace vecgate::spec {
namespace {

constexpr double kTolerance = 1e-5;
constexpr std::string_view kQueryDivider = "--";

bool Same(const Json& a, const Json& b) {
  if (a.is_number() && b.is_number()) {
    if (a.is_number_integer() && b.is_number_integer()) return a == b;
    return std::abs(a.get<double>() - b.get<double>()) <= kTolerance;
  }
  if (a.type() != b.type() || a.size() != b.size()) return false;
  if (a.is_object()) {
    for (const auto& [key, value] : a.items()) {
      if (!b.contains(key) || !Same(value, b.at(key))) return false;
    }
    return true;
  }
  if (a.is_array()) {
    for (size_t i = 0; i < a.size(); ++i) {
      if (!Same(a[i], b[i])) return false;
    }
    return true;
  }
  return a == b;
}

std::string Show(const std::vector<Json>& lines) {
  std::string out;
  for (const Json& line : lines) {
    out += line.is_null() ? std::string(kQueryDivider) : line.dump();
    out += '\n';
  }
  return out;
}

void CheckFailure(const Directive& directive, const Error& error) {
  for (const std::string& text : directive.expected) {
    if (error.message.find(text) != std::string::npos) return;
  }
  ADD_FAILURE() << "another error was expected; this came: " << error.message;
}

void CheckLines(const Directive& directive, const std::vector<Json>& got) {
  if (directive.expected == std::vector<std::string>{"ok"}) return;
  std::vector<Json> expected;
  for (const std::string& line : directive.expected) {
    expected.push_back(line == kQueryDivider ? Json() : Json::parse(line));
  }
  bool same = got.size() == expected.size();
  for (size_t i = 0; same && i < got.size(); ++i) same = Same(got[i], expected[i]);
  EXPECT_TRUE(same) << "expected:\n" << Show(expected) << "got:\n" << Show(got);
}

using Opener = Result<std::unique_ptr<Engine>> (*)(const std::filesystem::path& directory);

Result<std::unique_ptr<Engine>> OpenReference(const std::filesystem::path& /*directory*/) {
  return std::make_unique<reference::ReferenceEngine>();
}

Result<std::unique_ptr<Engine>> OpenEmbedded(const std::filesystem::path& directory) {
  embedded::EmbeddedOptions options;
  options.directory = directory.string();
  VG_ASSIGN_OR_RETURN(std::unique_ptr<embedded::EmbeddedEngine> engine,
                      embedded::EmbeddedEngine::Open(std::move(options)));
  return std::unique_ptr<Engine>(std::move(engine));
}

/// A directory is a test's own, so its name makes a schema that is the test's own.
Result<std::unique_ptr<Engine>> OpenPostgres(const std::filesystem::path& directory) {
  VG_ASSIGN_OR_RETURN(
      std::unique_ptr<postgres::PostgresEngine> engine,
      postgres::PostgresEngine::Open(postgres::TestOptions(directory.filename().string())));
  return std::unique_ptr<Engine>(std::move(engine));
}

/// The same, of a prefix of collections.
Result<std::unique_ptr<Engine>> OpenMilvus(const std::filesystem::path& directory) {
  VG_ASSIGN_OR_RETURN(
      std::unique_ptr<milvus_engine::MilvusEngine> engine,
      milvus_engine::MilvusEngine::Open(milvus_engine::TestOptions(directory.filename().string())));
  return std::unique_ptr<Engine>(std::move(engine));
}

struct EngineUnderTest {
  const char* name;
  Opener open;  ///< On a directory that exists, for the first time or again.
};

constexpr EngineUnderTest kEngines[] = {{"Reference", OpenReference},
                                        {"Embedded", OpenEmbedded},
                                        {"Postgres", OpenPostgres},
                                        {"Milvus", OpenMilvus}};

class SpecTest : public ::testing::Test {
 public:
  SpecTest(std::filesystem::path file, Opener open) : file_(std::move(file)), open_(open) {}

  void TestBody() override {
    const std::filesystem::path directory =
        std::filesystem::temp_directory_path() /
        fmt::format("vecgate-spec-{}-{}", ::getpid(), file_.stem().string());
    std::filesystem::remove_all(directory);
    std::filesystem::create_directories(directory);
    RunFile(directory);
    std::filesystem::remove_all(directory);
  }

 private:
  void RunFile(const std::filesystem::path& directory) {
    const auto directives = ReadSpec(file_);
    ASSERT_TRUE(directives.ok()) << directives.error().message;
    ASSERT_FALSE(directives->empty());
    auto driver = ContractDriver::Make([&] { return open_(directory); });
    ASSERT_TRUE(driver.ok()) << driver.error().message;
    for (const Directive& directive : *directives) {
      SCOPED_TRACE(fmt::format("{}:{}", file_.string(), directive.line));
      const auto got = (*driver)->Run(directive);
      ASSERT_EQ(got.ok(), !directive.must_fail) << (got.ok() ? Show(*got) : got.error().message);
      if (directive.must_fail) {
        CheckFailure(directive, got.error());
      } else {
        CheckLines(directive, *got);
      }
    }
  }

  std::filesystem::path file_;
  Opener open_;
};

bool RegisterAll() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator(VECGATE_SPEC_DIR)) {
    if (entry.path().extension() == ".spec") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  for (const EngineUnderTest& engine : kEngines) {
    for (const auto& file : files) {
      ::testing::RegisterTest(
          (std::string(engine.name) + "Spec").c_str(), file.stem().c_str(), nullptr, nullptr,
          __FILE__, __LINE__,
          [file, engine]() -> ::testing::Test* { return new SpecTest(file, engine.open); });
    }
  }
  return true;
}

const bool kRegistered = RegisterAll();

}  // namespace
}  // namespace vecgate::spec
