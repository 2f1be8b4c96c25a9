// Where a setting's value comes from, what is refused in which words, and that the reference page
// is the program's.
#include "app/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "base/uuid.h"

namespace vecgate::app {
namespace {

using ::testing::HasSubstr;

class ConfigTest : public ::testing::Test {
 protected:
  void TearDown() override { std::filesystem::remove(file_); }

  /// Sources whose file holds `toml`.
  ConfigSources File(const std::string& toml) {
    std::ofstream(file_) << toml;
    ConfigSources sources;
    sources.file = file_;
    return sources;
  }
  static void ExpectRefused(const ConfigSources& sources, std::vector<std::string> parts) {
    const auto loaded = LoadConfig(sources);
    ASSERT_FALSE(loaded.ok()) << parts.front();
    EXPECT_EQ(loaded.error().subject, Subject::kConfig);
    for (const std::string& part : parts) EXPECT_THAT(loaded.error().message, HasSubstr(part));
  }

  const std::string file_ =
      std::filesystem::temp_directory_path() / ("vg-config-" + NewUuid() + ".toml");
};

TEST_F(ConfigTest, FlagsWinOverTheEnvironmentWhichWinsOverTheFileWhichWinsOverDefaults) {
  ConfigSources sources = File(
      "data_dir = \"from-file\"\ningest.workers = 3\n[log]\nlevel = \"debug\"\nformat = "
      "\"json\"\n");
  sources.environment = {{"VECGATE_DATA_DIR", "from-environment"},
                         {"VECGATE_LOG__LEVEL", "warning"},
                         {"INGEST_WORKERS", "5"},
                         {"PATH", "/bin"}};
  sources.flags = {{"data_dir", {"--data", "from-flag"}}};
  const LoadedConfig loaded = LoadConfig(sources).value();
  EXPECT_EQ(loaded.config.data_dir, "from-flag");
  EXPECT_EQ(loaded.origins.at("data_dir"), "flag --data");
  EXPECT_EQ(loaded.config.log_level, "warning");
  EXPECT_EQ(loaded.origins.at("log.level"), "environment VECGATE_LOG__LEVEL");
  EXPECT_EQ(loaded.config.ingest_workers, 5U);
  EXPECT_EQ(loaded.origins.at("ingest.workers"), "environment INGEST_WORKERS");
  EXPECT_EQ(loaded.config.log_format, "json");
  EXPECT_EQ(loaded.origins.at("log.format"), "file " + file_);
  EXPECT_EQ(loaded.config.grpc_addr, "127.0.0.1:19530");
  EXPECT_EQ(loaded.origins.at("grpc_addr"), "default");
  EXPECT_THAT(ShowConfig(loaded), ::testing::ContainsRegex("data_dir +from-flag +flag --data"));
}

TEST_F(ConfigTest, UnknownNamesAreErrorsThatNameThem) {
  ExpectRefused(File("limits.max_topk = 3\n"), {"limits.max_topk: no setting of this name", file_});
  ConfigSources environment;
  environment.environment = {{"VECGATE_DATADIR", "x"}};
  ExpectRefused(environment, {"VECGATE_DATADIR: no setting has this environment variable"});
}

TEST_F(ConfigTest, BadValuesAreErrorsThatNameKeyValueOriginAndWhatIsAllowed) {
  ExpectRefused(File("limits.max_top_k = 0\n"),
                {"limits.max_top_k: the value \"0\"", "file " + file_, "a number from 1 to 16384"});
  ExpectRefused(File("ingest.chunk_tokens = 255\n"), {"\"255\"", "a number from 8 to 254"});
  ExpectRefused(File("insecure = \"yes\"\n"), {"insecure: the value \"yes\"", "true or false"});
  ExpectRefused(File("data_dir = 1.5\n"), {"data_dir in", "a text, a whole number or true/false"});
  ExpectRefused(File("data_dir = \"unclosed\n"), {file_ + " cannot be read", "line 1"});
  ConfigSources environment;
  environment.environment = {{"VECGATE_ENGINE__DURABILITY", "none"}};
  ExpectRefused(environment, {"engine.durability: the value \"none\"",
                              "environment VECGATE_ENGINE__DURABILITY", "one of sync, async"});
  for (const char* number : {"", "-1", "1x", " 1", "99999999999999999999"}) {
    ConfigSources flags;
    flags.flags = {{"ingest.workers", {"--ingest.workers", number}}};
    ExpectRefused(flags, {std::string("ingest.workers: the value \"") + number + "\"",
                          "flag --ingest.workers", "a number from 1 to 64"});
  }
  ConfigSources missing;
  missing.file = "/nonexistent/vecgate.toml";
  ExpectRefused(missing, {"/nonexistent/vecgate.toml cannot be read"});
}

TEST_F(ConfigTest, APublicAddressNeedsInsecure) {
  for (const char* address : {"0.0.0.0:1", "[::]:1", "192.168.1.1:1", "example.org:1"}) {
    for (const char* key : {"grpc_addr", "http_addr"}) {
      ConfigSources sources;
      sources.flags = {{key, {"--addr", address}}};
      ExpectRefused(sources,
                    {std::string(key) + " = " + address + " is a public address", "--insecure"});
      sources.flags["insecure"] = {"--insecure", "true"};
      EXPECT_TRUE(LoadConfig(sources).ok()) << address;
    }
  }
  for (const char* address : {"127.0.0.1:1", "localhost:1", "[::1]:1", "127.9.9.9:0"}) {
    ConfigSources sources;
    sources.flags = {{"grpc_addr", {"--grpc-addr", address}}};
    EXPECT_TRUE(LoadConfig(sources).ok()) << address;
  }
}

TEST_F(ConfigTest, AHostThatOnlyLooksLikeLoopbackIsPublic) {
  ConfigSources sources;
  sources.flags = {{"grpc_addr", {"--grpc-addr", "127.evil.example:80"}}};
  ExpectRefused(sources, {"127.evil.example:80 is a public address"});
}

TEST_F(ConfigTest, AddressesAreHostAndPort) {
  const HostPort six = ParseHostPort("k", "[::1]:80").value();
  EXPECT_EQ(six.host, "::1");
  EXPECT_EQ(six.port, 80);
  for (const char* bad : {"", "127.0.0.1", ":80", "a:", "a:x", "a:65536", "a:-1", "a:80 "}) {
    const auto parsed = ParseHostPort("grpc_addr", bad);
    ASSERT_FALSE(parsed.ok()) << bad;
    EXPECT_THAT(parsed.error().message,
                HasSubstr(std::string("grpc_addr: the value \"") + bad + "\" is not allowed"));
  }
}

TEST_F(ConfigTest, TheOverlapIsLessThanHalfOfAChunk) {
  ConfigSources sources = File("[ingest]\nchunk_tokens = 100\nchunk_overlap = 50\n");
  ExpectRefused(sources, {"ingest.chunk_overlap = 50 must be less than half of "
                          "ingest.chunk_tokens = 100"});
  EXPECT_TRUE(LoadConfig(File("[ingest]\nchunk_tokens = 100\nchunk_overlap = 49\n")).ok());
}

TEST_F(ConfigTest, DefaultsAreAllowedByTheirOwnSettingsAndNamesAreDistinct) {
  std::set<std::string> names;
  const Config defaults;
  for (const Setting& setting : AllSettings()) {
    Config config;
    const std::string value = setting.get(defaults);
    if (!value.empty() && !setting.is_secret) {
      EXPECT_TRUE(setting.set(config, value)) << setting.key;
    }
    EXPECT_EQ(setting.get(config), value) << setting.key;
    EXPECT_TRUE(names.insert(setting.environment.front()).second) << setting.key;
    EXPECT_FALSE(setting.help.empty()) << setting.key;
  }
}

TEST_F(ConfigTest, SecretsAreInNoListing) {
  ConfigSources sources;
  sources.environment = {{"DATABASE_URL", "host=db password=hush-hush"},
                         {"VECGATE_METADATA_URL", "postgresql://u:hush-hush@db/app"}};
  const LoadedConfig loaded = LoadConfig(sources).value();
  EXPECT_EQ(loaded.config.postgres_dsn.Reveal(), "host=db password=hush-hush");
  const std::string shown = ShowConfig(loaded);
  EXPECT_THAT(shown, ::testing::Not(HasSubstr("hush")));
  EXPECT_THAT(shown,
              ::testing::ContainsRegex("postgres.dsn +... SET ... +environment DATABASE_URL"));
}

TEST_F(ConfigTest, AModeNeedsItsEngine) {
  ConfigSources sources;
  sources.environment = {{"VECTOR_STORE_MODE", "pgvector"}};
  ExpectRefused(sources, {"vector_store_mode = pgvector needs postgres.dsn"});
  sources.environment["VECGATE_POSTGRES__DSN"] = "dbname=app";
  EXPECT_TRUE(LoadConfig(sources).ok());
}

TEST_F(ConfigTest, TheReferencePageIsTheProgramsOwn) {
  const char* root = std::getenv("VECGATE_SOURCE_DIR");
  if (root == nullptr) FAIL() << "VECGATE_SOURCE_DIR is not set; ctest sets it";
  std::ifstream in(std::string(root) + "/docs/configuration.md");
  std::stringstream page;
  page << in.rdbuf();
  EXPECT_EQ(page.str(), ConfigReference())
      << "write it with: vecgate config reference > docs/configuration.md";
}

}  // namespace
}  // namespace vecgate::app
