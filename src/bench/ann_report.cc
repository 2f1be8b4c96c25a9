#include "bench/ann_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/rounded.h"

namespace vecgate::bench {
namespace {

using nlohmann::ordered_json;

ordered_json JsonOf(const BesideFigures& figures) {
  ordered_json out = {{"queries", figures.queries},
                      {"p50_us", Rounded(figures.p50_us, 1)},
                      {"p99_us", Rounded(figures.p99_us, 1)}};
  if (figures.recall.has_value()) out["recall"] = Rounded(*figures.recall, 6);
  return out;
}

ordered_json JsonOf(const UpkeepFigures& figures) {
  ordered_json out = {{"seconds", Rounded(figures.seconds, 3)}};
  if (figures.beside.has_value()) out["while_at_it"] = JsonOf(*figures.beside);
  return out;
}

std::string TextOf(const BesideFigures& figures) {
  return fmt::format(
      "beside {} searches, p50 {:.1f} us, p99 {:.1f} us{}", figures.queries, figures.p50_us,
      figures.p99_us,
      figures.recall.has_value() ? fmt::format(", recall {:.4f}", *figures.recall) : "");
}

std::string TextOf(const char* work, const std::optional<UpkeepFigures>& figures) {
  if (!figures.has_value()) return {};
  return fmt::format("{} {:.2f} s until the index was whole{}\n", work, figures->seconds,
                     figures->beside.has_value() ? ", " + TextOf(*figures->beside) : "");
}

}  // namespace

std::string BuiltJson(const AnnRun& run, const BuildFigures& figures) {
  const AnnOptions& options = run.options();
  const AnnData& data = run.data();
  ordered_json out = {{"event", "built"},
                      {"rows", data.base.rows()},
                      {"dim", data.base.columns()},
                      {"queries", data.query.rows()},
                      {"k", options.flags.k},
                      {"metric", MetricName(options.metric)},
                      {"index", IndexTypeName(options.index.type)},
                      {"params", options.index.params},
                      {"filter", options.flags.filter},
                      {"matching_rows", data.matching_rows},
                      {"truth_s", Rounded(data.truth_s, 3)},
                      {"insert_s", Rounded(figures.insert_s, 3)},
                      {"insert_cpu_s", Rounded(figures.insert_cpu_s, 3)},
                      {"build_s", Rounded(figures.build_s, 3)},
                      {"build_cpu_s", Rounded(figures.build_cpu_s, 3)},
                      {"memory_growth_mb", Rounded(figures.memory_growth_mb, 1)},
                      {"memory_peak_mb", Rounded(figures.memory_peak_mb, 1)},
                      {"memory_bytes", figures.memory},
                      {"load_average", Rounded(figures.load_average, 2)}};
  if (figures.replace.has_value()) out["replace"] = JsonOf(*figures.replace);
  if (figures.rebuild.has_value()) out["rebuild"] = JsonOf(*figures.rebuild);
  if (figures.reopen.has_value()) {
    out["reopen"] = {{"close_s", Rounded(figures.reopen->close_s, 3)},
                     {"open_s", Rounded(figures.reopen->open_s, 3)},
                     {"first_search_s", Rounded(figures.reopen->first_search_s, 3)},
                     {"indexed_s", Rounded(figures.reopen->indexed_s, 3)},
                     {"cpu_s", Rounded(figures.reopen->cpu_s, 3)}};
  }
  if (figures.beside.has_value()) {
    out["while_building"] = JsonOf(*figures.beside);
  }
  return out.dump();
}

std::string PointJson(SweepKind kind, const PointFigures& figures) {
  ordered_json out = {{"event", "point"},
                      {"sweep", SweepKindName(kind)},
                      {"value", figures.request.value},
                      {"threads", figures.request.threads},
                      {"recall", Rounded(figures.recall, 6)},
                      {"qps_wall", Rounded(figures.qps_wall, 1)},
                      {"qps_cpu", Rounded(figures.qps_cpu, 1)}};
  if (figures.request.with_latency) {
    out["p50_us"] = Rounded(figures.p50_us, 1);
    out["p99_us"] = Rounded(figures.p99_us, 1);
  }
  out["load_average"] = Rounded(figures.load_average, 2);
  out["rss_anon_mb"] = Rounded(figures.anon_mb, 1);
  out["rss_file_mb"] = Rounded(figures.file_mb, 1);
  return out.dump();
}

std::string ErrorJson(const Error& error) {
  const ordered_json out = {
      {"event", "error"}, {"code", CodeName(error.code)}, {"message", error.message}};
  return out.dump();
}

std::string BuiltText(const AnnRun& run, const BuildFigures& figures) {
  const AnnOptions& options = run.options();
  const AnnData& data = run.data();
  std::string memory;
  for (const auto& [name, size_bytes] : figures.memory) {
    memory += fmt::format(" {} {:.1f}", name, static_cast<double>(size_bytes) / (1 << 20));
  }
  std::string more;
  if (figures.beside.has_value()) {
    more = "building " + TextOf(*figures.beside) + "\n";
  }
  more += TextOf("replace", figures.replace) + TextOf("rebuild", figures.rebuild);
  if (figures.reopen.has_value()) {
    more += fmt::format(
        "reopen first search answered after {:.2f} s, index whole after {:.2f} s ({:.2f} s CPU); "
        "flush and close took {:.2f} s\n",
        figures.reopen->first_search_s, figures.reopen->indexed_s, figures.reopen->cpu_s,
        figures.reopen->close_s);
  }
  return fmt::format(
      "{} rows x {}, {} queries, k {}, {}, {} {}, filter {} ({} rows match)\n"
      "truth  {:.2f} s{}\n"
      "insert {:.2f} s wall, {:.2f} s CPU\n"
      "build  {:.2f} s wall, {:.2f} s CPU\n"
      "{}memory {:.1f} MB more RssAnon than before; structures in MB:{}",
      data.base.rows(), data.base.columns(), data.query.rows(), options.flags.k,
      MetricName(options.metric), IndexTypeName(options.index.type), options.flags.params,
      options.flags.filter, data.matching_rows, data.truth_s, data.truth_s > 0 ? "" : " (given)",
      figures.insert_s, figures.insert_cpu_s, figures.build_s, figures.build_cpu_s, more,
      figures.memory_growth_mb, memory);
}

std::string PointTableHead(SweepKind kind) {
  return fmt::format("{:>7} {:>7} {:>8} {:>10} {:>10} {:>9} {:>9} {:>10} {:>10}",
                     SweepKindName(kind), "threads", "recall", "QPS wall", "QPS CPU", "p50 us",
                     "p99 us", "anon MB", "file MB");
}

std::string PointTableRow(const PointFigures& figures) {
  return fmt::format(
      "{:>7} {:>7} {:>8.4f} {:>10.1f} {:>10.1f} {:>9.1f} {:>9.1f} {:>10.1f} {:>10.1f}",
      figures.request.value, figures.request.threads, figures.recall, figures.qps_wall,
      figures.qps_cpu, figures.p50_us, figures.p99_us, figures.anon_mb, figures.file_mb);
}

}  // namespace vecgate::bench
