#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_reply.h"
#include "base/pause.h"

namespace vecgate::app {
namespace {

using nlohmann::json;

constexpr const char* kStatsEfforts = "16,64,256";
constexpr const char* kTuneEfforts = "8,12,16,24,32,48,64,96,128,192,256,384,512,768,1024";
constexpr double kMegabyte = 1 << 20;

Result<std::string> PathOf(const IndexCommand& command) {
  VG_RETURN_IF_ERROR(CheckName("collection", command.collection));
  VG_RETURN_IF_ERROR(CheckName("database", command.database));
  VG_RETURN_IF_ERROR(CheckName("field", command.field));
  return "/v1/collections/" + command.collection + "/index";
}

Result<json> Inspect(const IndexCommand& command, const std::string& efforts) {
  VG_ASSIGN_OR_RETURN(const std::string path, PathOf(command));
  VG_ASSIGN_OR_RETURN(
      const HttpReply reply,
      HttpClient(command.server)
          .Get(fmt::format("{}?database={}&field={}&k={}&sample={}&efforts={}", path,
                           command.database, command.field, command.k, command.sample, efforts)));
  return ParseReply(reply, command.collection);
}

double Megabytes(const json& memory, const std::vector<std::string>& left_out) {
  double bytes = 0;
  for (const auto& [structure, size] : memory.items()) {
    if (std::find(left_out.begin(), left_out.end(), structure) == left_out.end()) {
      bytes += size.get<double>();
    }
  }
  return bytes / kMegabyte;
}

void PrintHistogram(const std::string& of, const json& counts) {
  uint64_t most = 1;
  for (const json& count : counts) most = std::max(most, count.get<uint64_t>());
  fmt::print("{}\n", of);
  for (size_t value = 0; value < counts.size(); ++value) {
    const auto count = counts[value].get<uint64_t>();
    if (count == 0) continue;
    constexpr uint64_t kBar = 40;
    fmt::print("  {:>5} {:>10} {}\n", value, count, std::string(count * kBar / most, '#'));
  }
}

void PrintEfforts(const json& index, uint32_t k) {
  fmt::print("{:>7} {:>10} {:>9}\n", "effort", fmt::format("recall@{}", k), "mean us");
  for (const json& figures : index["efforts"]) {
    fmt::print("{:>7} {:>10.4f} {:>9.1f}\n", figures["effort"].get<uint32_t>(),
               figures["recall"].get<double>(), figures["mean_us"].get<double>());
  }
}

Status Stats(const IndexCommand& command) {
  VG_ASSIGN_OR_RETURN(const json body, Inspect(command, kStatsEfforts));
  if (command.json) {
    fmt::print("{}\n", body.dump(2));
    return Ok();
  }
  const json& index = body["index"];
  fmt::print("{}.{}: {} {} {}\n{} rows, {} in the index, {} waiting\n", command.collection,
             body.value("field", ""), index.value("index_type", ""), index.value("metric", ""),
             index["params"].dump(), body["rows"].get<uint64_t>(),
             index["indexed_rows"].get<uint64_t>(), index["pending_rows"].get<uint64_t>());
  for (const auto& [name, value] : index["facts"].items()) {
    fmt::print("{}: {}\n", name, value.get<double>());
  }
  for (const auto& [of, counts] : index["histograms"].items()) PrintHistogram(of, counts);
  fmt::print("memory, MB\n");
  for (const auto& [structure, bytes] : body["memory_bytes"].items()) {
    fmt::print("  {:<20} {:>10.1f}\n", structure, bytes.get<double>() / kMegabyte);
  }
  fmt::print("searches for {} of its own rows, against comparing all\n",
             index["sampled"].get<uint32_t>());
  PrintEfforts(index, command.k);
  return Ok();
}

void DrawRebuild(const json& rebuild) {
  const auto rows = std::max<uint64_t>(rebuild["rows"].get<uint64_t>(), 1);
  const auto done = rebuild["done"].get<uint64_t>();
  const bool terminal = isatty(STDOUT_FILENO) != 0;
  fmt::print("{}{} of {} rows ({} %){}", terminal ? "\r" : "", done, rows, done * 100 / rows,
             terminal ? "" : "\n");
  std::fflush(stdout);
}

Status Rebuild(const IndexCommand& command) {
  VG_ASSIGN_OR_RETURN(const std::string path, PathOf(command));
  HttpClient client(command.server);
  VG_ASSIGN_OR_RETURN(const HttpReply begun,
                      client.PostJson(path + "/rebuild?database=" + command.database, "{}"));
  VG_ASSIGN_OR_RETURN(json body, ParseReply(begun, command.collection));
  const auto began = std::chrono::steady_clock::now();
  const auto deadline = began + std::chrono::seconds(command.timeout_s);
  for (auto wait = std::chrono::milliseconds(100); !body["rebuild"].is_null();
       wait = std::min(2 * wait, std::chrono::milliseconds(2000))) {
    DrawRebuild(body["rebuild"]);
    if (std::chrono::steady_clock::now() > deadline) {
      fmt::print("\n");
      return DeadlineExceeded("the rebuild is not done yet; the server goes on with it");
    }
    Pause(wait);
    VG_ASSIGN_OR_RETURN(const HttpReply reply,
                        client.Get(fmt::format("{}?database={}&field={}&sample=0", path,
                                               command.database, command.field)));
    VG_ASSIGN_OR_RETURN(body, ParseReply(reply, command.collection));
  }
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  fmt::print("\n{} rows, indexes rebuilt in {:.1f} s\n", body["rows"].get<uint64_t>(),
             took.count());
  return Ok();
}

// Memory by arrangement follows from the structures that each has and keeps out of files. Links are
// counted as they are; compact has fewer, so that it takes a little less than is said.
void PrintProfiles(const json& memory, uint64_t limit_mb) {
  const struct {
    const char* name;
    std::vector<std::string> without;
  } profiles[] = {
      {"fast", {}},
      {"balanced", {"neighbor codes", "vectors", "vectors in a file"}},
      {"compact",
       {"neighbor codes", "vectors", "vectors in a file", "fine codes", "fine codes in a file"}}};
  bool fits = false;
  for (const auto& profile : profiles) {
    const double needed = Megabytes(memory, profile.without);
    const bool this_fits = needed <= static_cast<double>(limit_mb);
    fmt::print("profile {:<9} {:>9.1f} MB{}\n", profile.name, needed,
               this_fits && !fits ? "  <- the fastest within the limit" : "");
    fits = fits || this_fits;
  }
  if (memory.value("neighbor codes", uint64_t{0}) == 0) {
    fmt::print(
        "fast has codes of neighbors too, from 192 to 448 dimensions and about 44,000 rows on: "
        "for each row 4 bytes a dimension and 128 more\n");
  }
  if (!fits) fmt::print("no profile fits {} MB\n", limit_mb);
}

Status Tune(const IndexCommand& command) {
  VG_ASSIGN_OR_RETURN(const json body, Inspect(command, kTuneEfforts));
  const json& index = body["index"];
  PrintEfforts(index, command.k);
  if (command.memory_mb > 0) {
    if (index.value("index_type", "") == "AUTOINDEX") {
      PrintProfiles(body["memory_bytes"], command.memory_mb);
    } else {
      fmt::print("the collection takes {:.1f} MB; only AUTOINDEX has profiles to choose from\n",
                 Megabytes(body["memory_bytes"], {"vectors in a file", "fine codes in a file"}));
    }
  }
  double best = 0;
  for (const json& figures : index["efforts"]) {
    best = std::max(best, figures["recall"].get<double>());
    if (best < command.recall) continue;
    fmt::print("recall {:.4f} from effort {} on: search with {} {}\n", best,
               figures["effort"].get<uint32_t>(),
               index.value("index_type", "").rfind("IVF", 0) == 0 ? "nprobe" : "ef",
               figures["effort"].get<uint32_t>());
    return Ok();
  }
  return NotFound(
      fmt::format("no effort up to 1024 reaches recall {}: the best is {:.4f}; an index "
                  "with a larger M (graphs) or nlist (IVF) may",
                  command.recall, best),
      Subject::kIndex);
}

}  // namespace

int RunIndexStats(const IndexCommand& command) { return ExitCode(Stats(command)); }
int RunIndexRebuild(const IndexCommand& command) { return ExitCode(Rebuild(command)); }
int RunIndexTune(const IndexCommand& command) { return ExitCode(Tune(command)); }

}  // namespace vecgate::app
