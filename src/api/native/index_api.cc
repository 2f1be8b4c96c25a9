#include "api/native/index_api.h"

#include <charconv>

#include "api/native/collection_api.h"
#include "api/native/handler.h"
#include "api/native/json_fields.h"

namespace vecgate {
namespace {

using gateway::CollectionPtr;
using gateway::Gateway;
using nlohmann::json;

constexpr int64_t kMostSampled = 10'000;
constexpr int64_t kMostHits = 16'384;
constexpr uint32_t kMostEffort = 65'536;
constexpr size_t kMostEfforts = 32;

std::string TextOr(const HttpRequest& request, const std::string& name, std::string fallback) {
  const auto at = request.query.find(name);
  return at == request.query.end() ? std::move(fallback) : at->second;
}

/// "16,64" → numbers.
Result<std::vector<uint32_t>> Efforts(const std::string& text) {
  std::vector<uint32_t> efforts;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (at < end) {
    uint32_t effort = 0;
    const auto [stop, failed] = std::from_chars(at, end, effort);
    const bool separated = stop == end || *stop == ',';
    if (failed != std::errc() || !separated || effort < 1 || effort > kMostEffort ||
        efforts.size() == kMostEfforts) {
      return InvalidArgument("efforts is \"" + text + "\"; up to " + std::to_string(kMostEfforts) +
                             " numbers from 1 to " + std::to_string(kMostEffort) +
                             " with commas between are allowed");
    }
    efforts.push_back(effort);
    at = stop == end ? end : stop + 1;
  }
  return efforts;
}

json ToJson(const CollectionStats& stats) {
  json rebuild;
  if (stats.rebuild.has_value()) {
    rebuild = {{"done", stats.rebuild->done}, {"rows", stats.rebuild->rows}};
  }
  return {{"rows", stats.rows}, {"memory_bytes", stats.memory}, {"rebuild", std::move(rebuild)}};
}

json ToJson(const IndexInspection& inspection) {
  const IndexStats& stats = inspection.stats;
  json efforts = json::array();
  for (const EffortFigures& figures : inspection.efforts) {
    efforts.push_back(
        {{"effort", figures.effort}, {"recall", figures.recall}, {"mean_us", figures.mean_us}});
  }
  return {{"index_type", IndexTypeName(stats.spec.type)},
          {"metric", MetricName(stats.spec.metric)},
          {"params", stats.spec.params},
          {"indexed_rows", stats.indexed_rows},
          {"pending_rows", stats.pending_rows},
          {"sampled", inspection.sampled},
          {"efforts", std::move(efforts)},
          {"facts", inspection.facts},
          {"histograms", inspection.histograms}};
}

Result<HttpResponse> GetIndex(Gateway& gateway, const HttpRequest& request) {
  InspectRequest inspect;
  VG_ASSIGN_OR_RETURN(const int64_t k, QueryNumber(request, "k", inspect.k, kMostHits));
  VG_ASSIGN_OR_RETURN(const int64_t sample,
                      QueryNumber(request, "sample", inspect.sample, kMostSampled));
  VG_ASSIGN_OR_RETURN(inspect.efforts, Efforts(TextOr(request, "efforts", "")));
  inspect.k = static_cast<uint32_t>(k);
  inspect.sample = static_cast<uint32_t>(sample);
  VG_ASSIGN_OR_RETURN(const CollectionPtr info, CollectionOf(gateway, request));
  VG_ASSIGN_OR_RETURN(
      const IndexInspection inspection,
      gateway.InspectIndex(request.context, *info, TextOr(request, "field", ""), inspect));
  VG_ASSIGN_OR_RETURN(const CollectionStats stats, gateway.Stats(request.context, *info));
  json out = ToJson(stats);
  out["collection"] = info->name;
  out["field"] = info->schema.fields[inspection.stats.field].name;
  out["index"] = ToJson(inspection);
  return JsonResponse(200, out);
}

Result<HttpResponse> PostRebuild(Gateway& gateway, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const CollectionPtr info, CollectionOf(gateway, request));
  VG_RETURN_IF_ERROR(gateway.RebuildIndexes(request.context, *info));
  VG_ASSIGN_OR_RETURN(const CollectionStats stats, gateway.Stats(request.context, *info));
  return JsonResponse(202, ToJson(stats));
}

}  // namespace

void AddIndexRoutes(Router& router, gateway::Gateway& gateway) {
  router.Add({.method = "GET",
              .pattern = "/v1/collections/{collection}/index",
              .handler = HandlerOf(gateway, GetIndex)});
  router.Add({.method = "POST",
              .pattern = "/v1/collections/{collection}/index/rebuild",
              .handler = HandlerOf(gateway, PostRebuild)});
}

}  // namespace vecgate
