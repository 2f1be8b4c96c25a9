#include "bench/codes_session.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <sstream>

#include "bench/code_quantizer.h"
#include "bench/codes_run.h"
#include "bench/process_usage.h"
#include "bench/rounded.h"
#include "engines/embedded/vector_index.h"

namespace vecgate::bench {
namespace {

struct Named {
  std::string name;
  std::unique_ptr<index::CodeSpace> codes;
};

Result<std::vector<Named>> MakeQuantizers(const CodesFlags& flags, Metric metric, size_t dim) {
  std::vector<std::string> names;
  if (flags.codes == "all") {
    names = AllQuantizers(dim);
  } else {
    std::istringstream text(flags.codes);
    for (std::string name; std::getline(text, name, ',');) names.push_back(name);
  }
  if (names.empty()) return BadFlag("codes", flags.codes, "all, or names with commas between");
  std::vector<Named> out;
  for (const std::string& name : names) {
    VG_ASSIGN_OR_RETURN(auto codes, MakeQuantizer(name, embedded::ToIndexMetric(metric), dim));
    out.push_back({name, std::move(codes)});
  }
  return out;
}

std::string Head(const CodesFlags& flags, const AnnData& data) {
  return fmt::format(
      "{} rows x {}, {} queries, {}, recall@{} alone and with the best {} compared again\n"
      "{:>10} {:>6} {:>8} {:>9} {:>8} {:>9} {:>9} {:>6}",
      data.base.rows(), data.base.columns(), data.query.rows(), flags.metric, flags.k, flags.rerank,
      "codes", "bytes", "recall", "reranked", "train s", "encode us", "compare ns", "load");
}

std::string TableRow(const std::string& name, const CodesFigures& figures) {
  return fmt::format("{:>10} {:>6} {:>8.4f} {:>9.4f} {:>8.2f} {:>9.2f} {:>10.1f} {:>6.2f}", name,
                     figures.bytes, figures.recall, figures.reranked_recall, figures.train_s,
                     figures.encode_us, figures.compare_ns, LoadAverage());
}

std::string Json(const CodesFlags& flags, const AnnData& data, const std::string& name,
                 const CodesFigures& figures) {
  const nlohmann::ordered_json out = {{"event", "codes"},
                                      {"codes", name},
                                      {"rows", data.base.rows()},
                                      {"dim", data.base.columns()},
                                      {"k", flags.k},
                                      {"bytes", figures.bytes},
                                      {"recall", Rounded(figures.recall, 6)},
                                      {"rerank", flags.rerank},
                                      {"reranked_recall", Rounded(figures.reranked_recall, 6)},
                                      {"train_s", Rounded(figures.train_s, 3)},
                                      {"encode_us", Rounded(figures.encode_us, 3)},
                                      {"compare_ns", Rounded(figures.compare_ns, 2)},
                                      {"load_average", Rounded(LoadAverage(), 2)}};
  return out.dump();
}

}  // namespace

Status RunCodesSession(const CodesFlags& flags, const LineSink& print) {
  if (flags.rerank < flags.k) {
    return BadFlag("rerank", std::to_string(flags.rerank),
                   fmt::format("at least the {} of --k", flags.k));
  }
  VG_ASSIGN_OR_RETURN(const Workload workload, ParseWorkload(flags));
  VG_ASSIGN_OR_RETURN(const AnnData data, LoadAnnData(flags, workload));
  VG_ASSIGN_OR_RETURN(std::vector<Named> quantizers,
                      MakeQuantizers(flags, workload.metric, data.base.columns()));
  const RecallJudge judge(data.Judged(workload.metric), data.truth);
  if (!flags.json) print(Head(flags, data));
  for (Named& quantizer : quantizers) {
    const CodesSearch search{workload.metric, flags.k, flags.rerank, workload.cores};
    const auto figures = MeasureCodes(data, judge, search, *quantizer.codes);
    if (!figures.ok()) return figures.error().Within(quantizer.name);
    print(flags.json ? Json(flags, data, quantizer.name, *figures)
                     : TableRow(quantizer.name, *figures));
    quantizer.codes.reset();  // Its memory is the next one's.
  }
  return Ok();
}

}  // namespace vecgate::bench
