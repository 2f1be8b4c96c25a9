#include "bench/insert_session.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "bench/insert_load.h"
#include "bench/rounded.h"

namespace vecgate::bench {
namespace {

std::string Head() {
  return fmt::format("{:>10} {:>7} {:>6} {:>9} {:>10} {:>9} {:>9} {:>9} {:>9} {:>10} {:>8} {:>6}",
                     "durability", "writers", "batch", "writes", "rows/s", "p50 ms", "p99 ms",
                     "p99.9 ms", "most ms", "p99 CPU ms", "CPU s", "load");
}

double RowsPerSecond(const InsertFigures& figures) {
  return static_cast<double>(figures.writes * figures.point.batch) / figures.seconds;
}

std::string TableRow(const InsertFigures& figures) {
  const InsertPoint& point = figures.point;
  const Latency& latency = figures.latency;
  return fmt::format(
      "{:>10} {:>7} {:>6} {:>9} {:>10.0f} {:>9.3f} {:>9.3f} {:>9.3f} {:>9.3f} {:>10.3f} {:>8.2f} "
      "{:>6.2f}",
      DurabilityName(point.durability), point.writers, point.batch, figures.writes,
      RowsPerSecond(figures), 1e3 * latency.p50_s, 1e3 * latency.p99_s, 1e3 * latency.p999_s,
      1e3 * latency.most_s, 1e3 * figures.cpu.p99_s, figures.cpu_s, figures.load_average);
}

std::string Json(const InsertOptions& options, const InsertFigures& figures) {
  const InsertPoint& point = figures.point;
  const auto micros = [](double seconds) { return Rounded(1e6 * seconds, 1); };
  const nlohmann::ordered_json out = {{"event", "insert"},
                                      {"durability", DurabilityName(point.durability)},
                                      {"writers", point.writers},
                                      {"batch", point.batch},
                                      {"dim", options.flags.dim},
                                      {"index", IndexTypeName(options.index)},
                                      {"writes", figures.writes},
                                      {"seconds", Rounded(figures.seconds, 3)},
                                      {"cpu_s", Rounded(figures.cpu_s, 3)},
                                      {"rows_per_s", Rounded(RowsPerSecond(figures), 1)},
                                      {"p50_us", micros(figures.latency.p50_s)},
                                      {"p99_us", micros(figures.latency.p99_s)},
                                      {"p999_us", micros(figures.latency.p999_s)},
                                      {"most_us", micros(figures.latency.most_s)},
                                      {"thread_cpu_p50_us", micros(figures.cpu.p50_s)},
                                      {"thread_cpu_p99_us", micros(figures.cpu.p99_s)},
                                      {"thread_cpu_p999_us", micros(figures.cpu.p999_s)},
                                      {"pending_rows", figures.pending_rows},
                                      {"load_average", Rounded(figures.load_average, 2)}};
  return out.dump();
}

}  // namespace

Status RunInsertSession(const InsertFlags& flags, const LineSink& print) {
  VG_ASSIGN_OR_RETURN(const InsertOptions options, ParseInsertFlags(flags));
  if (!flags.json) print(Head());
  for (const storage::Durability durability : options.durabilities) {
    for (const uint32_t writers : options.writers) {
      for (const uint32_t batch : options.batches) {
        VG_ASSIGN_OR_RETURN(const InsertFigures figures,
                            RunInsertLoad(options, {durability, writers, batch}));
        print(flags.json ? Json(options, figures) : TableRow(figures));
      }
    }
  }
  return Ok();
}

}  // namespace vecgate::bench
