#include "bench/ann_session.h"

#include <fmt/format.h>

#include <istream>
#include <nlohmann/json.hpp>

#include "bench/ann_report.h"
#include "bench/ann_run.h"

namespace vecgate::bench {
namespace {

constexpr uint32_t kMostThreads = 1024;

Error BadLine(const std::string& line) {
  return InvalidArgument(
      fmt::format("'{}' is not allowed: one JSON object is wanted, as {{\"value\":64,\"threads\":1,"
                  "\"rounds\":1,\"latency\":false}}, with numbers above 0",
                  line));
}

/// A whole number in [1, 2^20], or `fallback` where the key is missing; 0 for anything else.
uint32_t NumberAt(const nlohmann::json& object, const char* key, uint32_t fallback) {
  constexpr uint64_t kMost = 1 << 20;
  const auto at = object.find(key);
  if (at == object.end()) return fallback;
  if (!at->is_number_unsigned() || at->get<uint64_t>() > kMost) return 0;
  return at->get<uint32_t>();
}

Result<PointRequest> ParseLine(const std::string& line, const AnnRun& run) {
  const auto object = nlohmann::json::parse(line, nullptr, false);
  if (!object.is_object()) return BadLine(line);
  const bool has_value = run.options().sweep_kind != SweepKind::kNone;
  PointRequest out{.value = NumberAt(object, "value", 0),
                   .threads = NumberAt(object, "threads", 1),
                   .rounds = NumberAt(object, "rounds", 1)};
  const auto latency = object.find("latency");
  out.with_latency = latency != object.end() && latency->is_boolean() && latency->get<bool>();
  if ((has_value && out.value == 0) || out.threads == 0 || out.threads > kMostThreads ||
      out.rounds == 0) {
    return BadLine(line);
  }
  return out;
}

std::string Answer(const std::string& line, const AnnRun& run) {
  const auto request = ParseLine(line, run);
  if (!request.ok()) return ErrorJson(request.error());
  const auto figures = run.Measure(*request);
  if (!figures.ok()) return ErrorJson(figures.error());
  return PointJson(run.options().sweep_kind, *figures);
}

Status Sweep(const AnnRun& run, const LineSink& print) {
  const AnnOptions& options = run.options();
  if (!options.flags.json) print(PointTableHead(options.sweep_kind));
  for (const uint32_t value : options.sweep) {
    VG_ASSIGN_OR_RETURN(const PointFigures figures, run.Measure({.value = value,
                                                                 .threads = options.flags.threads,
                                                                 .rounds = options.flags.rounds}));
    print(options.flags.json ? PointJson(options.sweep_kind, figures) : PointTableRow(figures));
  }
  return Ok();
}

}  // namespace

Status RunAnnSession(const AnnFlags& flags, std::istream& input, const LineSink& print) {
  VG_ASSIGN_OR_RETURN(AnnOptions options, ParseAnnFlags(flags));
  VG_ASSIGN_OR_RETURN(const auto run, AnnRun::Prepare(std::move(options)));
  VG_ASSIGN_OR_RETURN(const BuildFigures built, run->Build());
  const bool json = flags.json || flags.interactive;
  print(json ? BuiltJson(*run, built) : BuiltText(*run, built));
  if (!flags.interactive) return Sweep(*run, print);
  for (std::string line; std::getline(input, line);) {
    if (!line.empty()) print(Answer(line, *run));
  }
  return Ok();
}

}  // namespace vecgate::bench
