#include "api/native/query_api.h"

#include "api/native/handler.h"
#include "api/native/json_fields.h"

namespace vecgate {
namespace {

using nlohmann::json;

json ToJson(const ChunkHit& hit) {
  const ChunkRow& row = hit.row;
  json metadata = json::parse(row.source_metadata, nullptr, false);
  return {{"text", row.chunk_text},
          {"score", hit.score},
          {"document", row.document},
          {"document_id", row.document_id},
          {"ingestion_id", row.ingestion_id},
          {"chunk_id", row.chunk_id},
          {"chunk_index", row.chunk_index},
          {"page", row.page},
          {"byte_begin", row.byte_begin},
          {"byte_end", row.byte_end},
          {"source_metadata", metadata.is_object() ? std::move(metadata) : json::object()}};
}

json ToJson(const Citation& citation) {
  return {{"document", citation.document},
          {"document_id", citation.document_id},
          {"ingestion_id", citation.ingestion_id},
          {"chunk_id", citation.chunk_id},
          {"page", citation.page},
          {"byte_begin", citation.byte_begin},
          {"byte_end", citation.byte_end},
          {"score", citation.score},
          {"quote", citation.quote}};
}

Result<HttpResponse> PostQuery(const QueryService& service, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Parse(request.body));
  QuestionRequest query;
  VG_ASSIGN_OR_RETURN(const auto question, fields.Text("question"));
  VG_ASSIGN_OR_RETURN(const auto top_k, fields.Count("top_k"));
  VG_ASSIGN_OR_RETURN(const auto filter, fields.Text("filter"));
  VG_ASSIGN_OR_RETURN(const auto max_quotes, fields.Count("max_quotes"));
  VG_RETURN_IF_ERROR(fields.CheckAllUsed());
  if (!question) return InvalidArgument("field 'question' is missing");
  query.question = *question;
  query.filter = filter.value_or("");
  if (top_k) query.top_k = static_cast<size_t>(*top_k);
  if (max_quotes) query.max_quotes = static_cast<size_t>(*max_quotes);
  VG_ASSIGN_OR_RETURN(const QueryAnswer answer, service.Answer(request.context, query));
  json out = {{"answer", answer.answer},   {"generator", answer.generator},
              {"note", answer.note},       {"citations", json::array()},
              {"passages", json::array()}, {"request_id", request.context.request_id}};
  for (const Citation& citation : answer.citations) out["citations"].push_back(ToJson(citation));
  for (const ChunkHit& hit : answer.passages) out["passages"].push_back(ToJson(hit));
  return JsonResponse(200, out);
}

}  // namespace

void AddQueryRoutes(Router& router, const QueryService& service) {
  router.Add({.method = "POST",
              .pattern = "/v1/query",
              .handler = HandlerOf(service, PostQuery),
              .content_types = {"application/json"}});
}

}  // namespace vecgate
