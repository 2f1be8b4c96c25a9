#include "query/query_service.h"

#include <algorithm>

#include "query/extractive.h"

namespace vecgate {
namespace {

constexpr size_t kMaxQuestionBytes = 16 << 10;
constexpr size_t kMaxTopK = 100;
constexpr size_t kMaxQuotes = 20;

Status Validate(const QuestionRequest& request) {
  if (request.question.find_first_not_of(" \t\r\n") == std::string::npos) {
    return InvalidArgument("the question is empty");
  }
  if (request.question.size() > kMaxQuestionBytes) {
    return InvalidArgument("the question has " + std::to_string(request.question.size()) +
                           " bytes; at most " + std::to_string(kMaxQuestionBytes) + " are allowed");
  }
  if (request.top_k < 1 || request.top_k > kMaxTopK) {
    return InvalidArgument("top_k " + std::to_string(request.top_k) +
                           " is out of range; allowed: 1 to " + std::to_string(kMaxTopK));
  }
  if (request.max_quotes > kMaxQuotes) {
    return InvalidArgument("max_quotes " + std::to_string(request.max_quotes) +
                           " is out of range; allowed: 0 to " + std::to_string(kMaxQuotes));
  }
  return Ok();
}

// Wrapped lines are joined for reading; the citation keeps the bytes as they are.
std::string OneLine(const std::string& text) {
  std::string out;
  for (const char c : text) {
    const bool space = c == '\n' || c == '\r' || c == '\t' || c == ' ';
    if (!space) {
      out += c;
    } else if (!out.empty() && out.back() != ' ') {
      out += ' ';
    }
  }
  return out;
}

}  // namespace

Result<std::vector<ChunkHit>> QueryService::Search(const OpContext& context,
                                                   const QuestionRequest& request) const {
  VG_RETURN_IF_ERROR(Validate(request));
  const std::vector<std::string> texts{request.question};
  VG_ASSIGN_OR_RETURN(const std::vector<float> vector, embedder_.EmbedBatch(context, texts));
  return index_.Search(context, vector, request.top_k, request.filter);
}

Result<QueryAnswer> QueryService::Answer(const OpContext& context,
                                         const QuestionRequest& request) const {
  VG_RETURN_IF_ERROR(Validate(request));
  const std::vector<std::string> texts{request.question};
  VG_ASSIGN_OR_RETURN(const std::vector<float> vector, embedder_.EmbedBatch(context, texts));
  QueryAnswer out;
  VG_ASSIGN_OR_RETURN(out.passages, index_.Search(context, vector, request.top_k, request.filter));
  VG_ASSIGN_OR_RETURN(out.citations,
                      SelectQuotes(context, embedder_, vector, out.passages, request.max_quotes));
  for (size_t i = 0; i < out.citations.size(); ++i) {
    out.answer += (i > 0 ? " " : "") + std::string("“") + OneLine(out.citations[i].quote) + "” [" +
                  std::to_string(i + 1) + "]";
  }
  out.note =
      out.citations.empty()
          ? "No passage is near enough to quote as an answer; see the passages."
          : "Extractive answer: sentences quoted from the cited documents, nothing is added.";
  return out;
}

}  // namespace vecgate
