#include "api/native/document_api.h"

#include <array>

#include "api/native/handler.h"
#include "api/native/json_fields.h"
#include "base/uuid.h"

namespace vecgate {
namespace {

using nlohmann::json;

json MetadataJson(const std::string& text) {
  json parsed = json::parse(text, nullptr, false);
  return parsed.is_object() ? parsed : json::object();
}

json ToJson(const IngestionRecord& ingestion) {
  json out = {{"ingestion_id", ingestion.ingestion_id},
              {"document_id", ingestion.document_id},
              {"document", ingestion.document},
              {"state", StateName(ingestion.state)},
              {"status", StateName(ingestion.state)},
              {"document_state", DocumentStateFor(ingestion.state)},
              {"format", FormatName(ingestion.format)},
              {"title", ingestion.title},
              {"content_sha256", ingestion.content_sha256},
              {"size_bytes", ingestion.size_bytes},
              {"pages", ingestion.pages},
              {"chunks", ingestion.chunks},
              {"chunk_strategy", ChunkStrategyName(ingestion.chunking.strategy)},
              {"chunk_size", ingestion.chunking.max_tokens},
              {"chunk_overlap", ingestion.chunking.overlap_tokens},
              {"source_metadata", MetadataJson(ingestion.source_metadata)},
              {"attempts", ingestion.attempts},
              {"created_ms", ingestion.created_ms},
              {"updated_ms", ingestion.updated_ms}};
  if (!ingestion.error.empty()) out["error"] = ingestion.error;
  return out;
}

json ToJson(const DocumentRecord& document) {
  json out = {{"document_id", document.document_id},
              {"document", document.document},
              {"state", document.state},
              {"visible_ingestion_id", document.visible_ingestion_id},
              {"newest_ingestion_id", document.newest_ingestion_id},
              {"format", document.format},
              {"title", document.title},
              {"pages", document.pages},
              {"chunks", document.chunks},
              {"size_bytes", document.size_bytes},
              {"created_ms", document.created_ms},
              {"updated_ms", document.updated_ms}};
  if (!document.error.empty()) out["error"] = document.error;
  return out;
}

json ToJson(const ChunkRecord& chunk) {
  return {{"chunk_id", chunk.chunk_id},       {"ingestion_id", chunk.ingestion_id},
          {"chunk_index", chunk.chunk_index}, {"page", chunk.page},
          {"byte_begin", chunk.byte_begin},   {"byte_end", chunk.byte_end},
          {"chunk_text", chunk.chunk_text}};
}

// What a submission says of chunking, from JSON or from form fields.
struct ChunkingFields {
  std::optional<std::string> strategy;
  std::optional<int64_t> size;
  std::optional<int64_t> overlap;
};

Result<std::optional<ChunkOptions>> ToChunking(const ChunkingFields& fields) {
  if (!fields.strategy && !fields.size && !fields.overlap) return std::optional<ChunkOptions>();
  ChunkOptions out;
  if (fields.strategy) {
    VG_ASSIGN_OR_RETURN(out.strategy, ChunkStrategyFromName(*fields.strategy));
  }
  if (fields.size) out.max_tokens = static_cast<size_t>(*fields.size);
  // A small chunk size should not fail because of an overlap nobody asked for.
  out.overlap_tokens = fields.overlap ? static_cast<size_t>(*fields.overlap)
                                      : std::min(out.overlap_tokens, out.max_tokens / 4);
  return std::optional(out);
}

Result<IngestSubmission> FromJson(const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(JsonFields fields, JsonFields::Parse(request.body));
  IngestSubmission out;
  VG_ASSIGN_OR_RETURN(const auto text, fields.Text("text"));
  VG_ASSIGN_OR_RETURN(const auto document, fields.Text("document"));
  VG_ASSIGN_OR_RETURN(const auto format, fields.Text("format"));
  VG_ASSIGN_OR_RETURN(const auto metadata, fields.Object("metadata"));
  ChunkingFields chunking;
  VG_ASSIGN_OR_RETURN(chunking.strategy, fields.Text("chunk_strategy"));
  VG_ASSIGN_OR_RETURN(chunking.size, fields.Count("chunk_size"));
  VG_ASSIGN_OR_RETURN(chunking.overlap, fields.Count("chunk_overlap"));
  VG_RETURN_IF_ERROR(fields.CheckAllUsed());
  if (!text || text->empty()) {
    return InvalidArgument(
        "field 'text' is missing or empty; to send a file use multipart/form-data");
  }
  out.bytes = *text;
  out.document = document.value_or("");
  VG_ASSIGN_OR_RETURN(out.format, FormatFromName(format.value_or("txt")));
  if (out.format == DocumentFormat::kPdf || out.format == DocumentFormat::kDocx) {
    return InvalidArgument("format '" + *format +
                           "' cannot be sent as text; use multipart/form-data");
  }
  if (metadata) out.source_metadata = metadata->dump();
  VG_ASSIGN_OR_RETURN(out.chunking, ToChunking(chunking));
  return out;
}

Result<int64_t> FormNumber(const MultipartPart& part) {
  if (part.data.empty() || part.data.size() > 9 ||
      part.data.find_first_not_of("0123456789") != std::string::npos) {
    return InvalidArgument("form field '" + part.name + "' must be a whole number");
  }
  return std::stoll(part.data);
}

// A browser sends a base name, curl may send a path: the folders are no part of the name.
std::string BaseName(const std::string& file_name) {
  return file_name.substr(file_name.find_last_of("/\\") + 1);
}

Result<IngestSubmission> FromForm(const HttpRequest& request) {
  IngestSubmission out;
  ChunkingFields chunking;
  std::optional<std::string> format;
  std::string file_name;
  bool has_file = false;
  for (const MultipartPart& part : request.parts) {
    if (part.name == "file") {
      if (has_file)
        return InvalidArgument("form field 'file' stands twice; send one file a request");
      has_file = true;
      file_name = BaseName(part.file_name);
      out.bytes = part.data;
    } else if (part.name == "document") {
      out.document = part.data;
    } else if (part.name == "format") {
      format = part.data;
    } else if (part.name == "metadata") {
      out.source_metadata = part.data;
    } else if (part.name == "chunk_strategy") {
      chunking.strategy = part.data;
    } else if (part.name == "chunk_size") {
      VG_ASSIGN_OR_RETURN(chunking.size, FormNumber(part));
    } else if (part.name == "chunk_overlap") {
      VG_ASSIGN_OR_RETURN(chunking.overlap, FormNumber(part));
    } else {
      return InvalidArgument("form field '" + part.name +
                             "' is not known; allowed: file, document, format, metadata, "
                             "chunk_strategy, chunk_size, chunk_overlap");
    }
  }
  if (!has_file) return InvalidArgument("form field 'file' is missing");
  if (out.document.empty()) out.document = file_name;
  if (format) {
    VG_ASSIGN_OR_RETURN(out.format, FormatFromName(*format));
  } else {
    VG_ASSIGN_OR_RETURN(out.format, FormatFromFileName(file_name));
  }
  VG_ASSIGN_OR_RETURN(out.chunking, ToChunking(chunking));
  return out;
}

// The {id} of the path, or the 400 that says what is wrong with it.
Result<std::string> IdOf(const HttpRequest& request) {
  std::string id = request.parameters.at("id");
  if (!IsUuid(id)) return InvalidArgument("'" + id + "' is not a UUID");
  for (char& c : id) {
    if (c >= 'A' && c <= 'F') c = static_cast<char>(c - 'A' + 'a');
  }
  return id;
}

Result<HttpResponse> PostIngest(IngestService& service, const HttpRequest& request) {
  const bool is_form = request.ContentType() == "multipart/form-data";
  VG_ASSIGN_OR_RETURN(IngestSubmission submission, is_form ? FromForm(request) : FromJson(request));
  VG_ASSIGN_OR_RETURN(const IngestionRecord accepted,
                      service.Submit(request.context, std::move(submission)));
  HttpResponse out = JsonResponse(202, ToJson(accepted));
  out.headers["Location"] = "/v1/ingest/" + accepted.ingestion_id;
  return out;
}

Result<HttpResponse> GetIngestion(IngestService& service, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const std::string id, IdOf(request));
  VG_ASSIGN_OR_RETURN(const IngestionRecord ingestion, service.GetIngestion(id));
  return JsonResponse(200, ToJson(ingestion));
}

HttpResponse NoContent() {
  HttpResponse out;
  out.status = 204;
  return out;
}

Result<HttpResponse> DeleteIngestion(IngestService& service, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const std::string id, IdOf(request));
  VG_RETURN_IF_ERROR(service.DeleteIngestion(request.context, id));
  return NoContent();
}

Result<HttpResponse> ListDocuments(IngestService& service, const HttpRequest& request) {
  DocumentFilter filter;
  constexpr std::array<std::string_view, 4> kStates{"uploaded", "processing", "processed", "error"};
  for (const auto& [name, value] : request.query) {
    if (name == "state") {
      if (std::find(kStates.begin(), kStates.end(), value) == kStates.end()) {
        return InvalidArgument("query parameter 'state' is '" + value +
                               "'; allowed: uploaded, processing, processed, error");
      }
      filter.state = value;
    } else if (name == "name") {
      filter.name_contains = value;
    } else if (name != "limit" && name != "offset") {
      return InvalidArgument("query parameter '" + name +
                             "' is not known; allowed: state, name, limit, offset");
    }
  }
  VG_ASSIGN_OR_RETURN(filter.limit, QueryNumber(request, "limit", 50, 1000));
  VG_ASSIGN_OR_RETURN(filter.offset, QueryNumber(request, "offset", 0, 1'000'000'000));
  VG_ASSIGN_OR_RETURN(const DocumentPage page, service.ListDocuments(filter));
  json out = {{"documents", json::array()},
              {"total", page.total},
              {"limit", filter.limit},
              {"offset", filter.offset}};
  for (const DocumentRecord& document : page.documents)
    out["documents"].push_back(ToJson(document));
  return JsonResponse(200, out);
}

Result<HttpResponse> GetDocument(IngestService& service, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const std::string id, IdOf(request));
  VG_ASSIGN_OR_RETURN(const DocumentRecord document, service.GetDocument(id));
  return JsonResponse(200, ToJson(document));
}

Result<HttpResponse> GetChunks(IngestService& service, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const std::string id, IdOf(request));
  VG_ASSIGN_OR_RETURN(const int64_t limit, QueryNumber(request, "limit", 100, 1000));
  VG_ASSIGN_OR_RETURN(const int64_t offset, QueryNumber(request, "offset", 0, 1'000'000'000));
  VG_ASSIGN_OR_RETURN(const ChunkPage page, service.ListChunks(id, limit, offset));
  json out = {{"document_id", id},       {"ingestion_id", page.ingestion_id},
              {"chunks", json::array()}, {"total", page.total},
              {"limit", limit},          {"offset", offset}};
  for (const ChunkRecord& chunk : page.chunks) out["chunks"].push_back(ToJson(chunk));
  return JsonResponse(200, out);
}

Result<HttpResponse> DeleteDocument(IngestService& service, const HttpRequest& request) {
  VG_ASSIGN_OR_RETURN(const std::string id, IdOf(request));
  VG_RETURN_IF_ERROR(service.DeleteDocument(request.context, id));
  return NoContent();
}

using Call = Result<HttpResponse> (*)(IngestService&, const HttpRequest&);

}  // namespace

void AddDocumentRoutes(Router& router, IngestService& service, const DocumentApiOptions& options) {
  const auto add = [&](const char* method, const char* pattern, Call call) {
    router.Add({.method = method, .pattern = pattern, .handler = HandlerOf(service, call)});
  };
  // The form's own bytes come on top of the file's.
  constexpr size_t kFormBytes = 1 << 20;
  router.Add({.method = "POST",
              .pattern = "/v1/ingest",
              .handler = HandlerOf(service, PostIngest),
              .max_body_bytes = options.max_upload_bytes + kFormBytes,
              .content_types = {"application/json", "multipart/form-data"}});
  add("GET", "/v1/ingest/{id}", GetIngestion);
  add("DELETE", "/v1/ingest/{id}", DeleteIngestion);
  add("GET", "/v1/status/{id}", GetIngestion);
  add("GET", "/v1/documents", ListDocuments);
  add("GET", "/v1/documents/{id}", GetDocument);
  add("DELETE", "/v1/documents/{id}", DeleteDocument);
  add("GET", "/v1/documents/{id}/chunks", GetChunks);
}

}  // namespace vecgate
