#include "bench/db_report.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/rounded.h"

namespace vecgate::bench {
namespace {

using nlohmann::ordered_json;

double InsertsPerSecond(const InsertFigures& figures) {
  return static_cast<double>(figures.rows) / figures.seconds;
}

void AddInsert(const InsertFigures& figures, ordered_json& out) {
  out["inserts_per_s"] = Rounded(InsertsPerSecond(figures), 1);
  out["insert_p50_ms"] = Rounded(1e3 * figures.latency.p50_s, 3);
  out["insert_p99_ms"] = Rounded(1e3 * figures.latency.p99_s, 3);
}

ordered_json PointObject(const char* event, SweepKind kind, const DbPointFigures& figures) {
  ordered_json out = {{"event", event},
                      {"sweep", SweepKindName(kind)},
                      {"value", figures.value},
                      {"clients", figures.clients}};
  if (figures.recall) out["recall"] = Rounded(*figures.recall, 6);
  out["qps"] = Rounded(figures.qps, 1);
  out["p50_us"] = Rounded(1e6 * figures.latency.p50_s, 1);
  out["p99_us"] = Rounded(1e6 * figures.latency.p99_s, 1);
  out["client_cpu_us"] = Rounded(figures.client_cpu_us, 1);
  if (figures.server_cpu_us) out["server_cpu_us"] = Rounded(*figures.server_cpu_us, 1);
  return out;
}

}  // namespace

std::string LoadedJson(const DbOptions& options, const AnnData& data,
                       const LoadedFigures& figures) {
  ordered_json out = {{"event", "loaded"},
                      {"server", options.flags.uri},
                      {"server_version", figures.server_version},
                      {"rows", data.base.rows()},
                      {"dim", data.base.columns()},
                      {"queries", data.query.rows()},
                      {"k", options.flags.k},
                      {"metric", MetricName(options.metric)},
                      {"index", IndexTypeName(options.index.type)},
                      {"params", options.index.params},
                      {"filter", options.flags.filter},
                      {"matching_rows", data.matching_rows},
                      {"batch", options.flags.batch},
                      {"insert_clients", options.flags.insert_clients}};
  AddInsert(figures.fill.insert, out);
  out["insert_s"] = Rounded(figures.fill.insert.seconds, 3);
  out["flush_s"] = Rounded(figures.fill.flush_s, 3);
  out["index_s"] = Rounded(figures.fill.index_s, 3);
  out["load_s"] = Rounded(figures.fill.load_s, 3);
  out["client_cpu_s"] = Rounded(figures.client_cpu_s, 3);
  if (figures.server) {
    out["server_cpu_s"] = Rounded(figures.server->cpu_s, 3);
    out["server_anon_mb"] = Rounded(figures.server->memory.anon_mb, 1);
    out["server_file_mb"] = Rounded(figures.server->memory.file_mb, 1);
  }
  return out.dump();
}

std::string DbPointJson(SweepKind kind, const DbPointFigures& figures) {
  return PointObject("point", kind, figures).dump();
}

std::string MixedJson(SweepKind kind, const MixedFigures& figures) {
  ordered_json out = PointObject("mixed", kind, figures.search);
  AddInsert(figures.insert, out);
  return out.dump();
}

std::string LoadedText(const DbOptions& options, const AnnData& data,
                       const LoadedFigures& figures) {
  const FillFigures& fill = figures.fill;
  const std::string server =
      figures.server ? fmt::format("; server {:.2f} s, {:.1f} MB RssAnon, {:.1f} MB RssFile",
                                   figures.server->cpu_s, figures.server->memory.anon_mb,
                                   figures.server->memory.file_mb)
                     : "";
  return fmt::format(
      "{} (version {}): {} rows x {}, {} queries, k {}, {}, {} {}, filter {} ({} rows match)\n"
      "insert {:.2f} s, {:.0f} rows/s in batches of {} by {} client(s), p50 {:.2f} ms, p99 {:.2f} "
      "ms\n"
      "flush  {:.2f} s\n"
      "index  {:.2f} s until no row waits for it\n"
      "load   {:.2f} s\n"
      "CPU    client {:.2f} s{}",
      options.flags.uri, figures.server_version, data.base.rows(), data.base.columns(),
      data.query.rows(), options.flags.k, MetricName(options.metric),
      IndexTypeName(options.index.type), options.flags.params, options.flags.filter,
      data.matching_rows, fill.insert.seconds, InsertsPerSecond(fill.insert), options.flags.batch,
      options.flags.insert_clients, 1e3 * fill.insert.latency.p50_s,
      1e3 * fill.insert.latency.p99_s, fill.flush_s, fill.index_s, fill.load_s,
      figures.client_cpu_s, server);
}

std::string DbTableHead(SweepKind kind) {
  return fmt::format("{:>7} {:>7} {:>8} {:>10} {:>9} {:>9} {:>13} {:>13}", SweepKindName(kind),
                     "clients", "recall", "QPS", "p50 us", "p99 us", "client CPU us",
                     "server CPU us");
}

std::string DbTableRow(const DbPointFigures& figures) {
  const auto text = [](const std::optional<double>& value, int digits) {
    return value ? fmt::format("{:.{}f}", *value, digits) : "-";
  };
  return fmt::format("{:>7} {:>7} {:>8} {:>10.1f} {:>9.1f} {:>9.1f} {:>13.1f} {:>13}",
                     figures.value, figures.clients, text(figures.recall, 4), figures.qps,
                     1e6 * figures.latency.p50_s, 1e6 * figures.latency.p99_s,
                     figures.client_cpu_us, text(figures.server_cpu_us, 1));
}

std::string MixedText(const MixedFigures& figures) {
  return fmt::format("{}  while {:.0f} rows/s were inserted, p50 {:.2f} ms, p99 {:.2f} ms",
                     DbTableRow(figures.search), InsertsPerSecond(figures.insert),
                     1e3 * figures.insert.latency.p50_s, 1e3 * figures.insert.latency.p99_s);
}

}  // namespace vecgate::bench
