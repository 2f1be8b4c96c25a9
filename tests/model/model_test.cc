// engine_model_test --engine embedded|reference --ops N --seed S
//
// Does N random operations on the engine and on the brute-force reference and compares every
// answer. Ends with status 1 at the first difference and prints how to see it again.
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <string>

#include "engines/embedded/embedded_engine.h"
#include "world.h"

namespace vecgate::model_test {
namespace {

struct Options {
  std::string engine = "embedded";
  uint64_t ops = 100'000;
  uint64_t seed = 1;
};

constexpr double kRecallFloor = 0.95;

World::Opener OpenerOf(const Options& options, const std::filesystem::path& directory) {
  if (options.engine == "reference") {
    return []() -> Result<std::unique_ptr<Engine>> {
      return std::make_unique<reference::ReferenceEngine>();
    };
  }
  return [directory]() -> Result<std::unique_ptr<Engine>> {
    embedded::EmbeddedOptions engine;
    engine.directory = directory.string();
    // Restarts here are clean; what survives a kill is another test's question.
    engine.durability = storage::Durability::kAsync;
    // Small enough that snapshots, compaction and walks of the graph happen all the time.
    engine.snapshot_after_rows = 300;
    engine.compact_after_dead = 100;
    engine.exact_below_rows = 0;
    engine.warn = [](const std::string& text) { fmt::print(stderr, "warning: {}\n", text); };
    VG_ASSIGN_OR_RETURN(std::unique_ptr<embedded::EmbeddedEngine> opened,
                        embedded::EmbeddedEngine::Open(std::move(engine)));
    return std::unique_ptr<Engine>(std::move(opened));
  };
}

int Run(const Options& options) {
  const std::filesystem::path directory =
      std::filesystem::temp_directory_path() / fmt::format("vecgate-model-{}", ::getpid());
  std::filesystem::remove_all(directory);
  std::filesystem::create_directories(directory);
  int status = EXIT_SUCCESS;
  {
    const bool restarts = options.engine != "reference";
    World world(OpenerOf(options, directory), restarts, options.seed);
    for (uint64_t op = 1; op <= options.ops && status == EXIT_SUCCESS; ++op) {
      const std::string wrong = world.Step();
      if (wrong.empty()) continue;
      fmt::print(stderr, "operation {} ({}): {}\n", op, world.last_operation(), wrong);
      fmt::print(stderr, "again: engine_model_test --engine {} --ops {} --seed {}\n",
                 options.engine, op, options.seed);
      status = EXIT_FAILURE;
    }
    const Recall& recall = world.recall();
    const double share =
        recall.wanted == 0 ? 1
                           : static_cast<double>(recall.found) / static_cast<double>(recall.wanted);
    fmt::print("{} operations, seed {}, {} restarts, recall with approximate indexes {:.4f}\n",
               options.ops, options.seed, world.restarts() - 1, share);
    if (share < kRecallFloor) status = EXIT_FAILURE;
  }
  std::filesystem::remove_all(directory);
  return status;
}

int Main(int argc, char** argv) {
  Options options;
  for (int i = 1; i < argc; i += 2) {
    const std::string name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--engine") {
      options.engine = value;
    } else if (name == "--ops") {
      options.ops = std::strtoull(value, nullptr, 10);
    } else if (name == "--seed") {
      options.seed = std::strtoull(value, nullptr, 10);
    } else {
      fmt::print(stderr,
                 "usage: engine_model_test [--engine embedded|reference] [--ops N] [--seed S]\n");
      return EXIT_FAILURE;
    }
  }
  return Run(options);
}

}  // namespace
}  // namespace vecgate::model_test

int main(int argc, char** argv) { return vecgate::model_test::Main(argc, argv); }
