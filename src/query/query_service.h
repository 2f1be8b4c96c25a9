// QueryService: a question → the passages nearest to it, and an answer made of quotations.
//
// The generator is "extractive": it writes no sentence of its own. It takes the sentences of the
// best passages that are nearest to the question and says where each stands. Nothing near enough
// gives no answer, and says so.
//
// Thread safety: any thread.
#pragma once

#include <string>
#include <vector>

#include "chunks/chunk_index.h"
#include "embed/embedder.h"

namespace vecgate {

struct QuestionRequest {
  std::string question;
  /// Passages wanted, 1 to 100.
  size_t top_k = 5;
  /// A filter expression over the chunks' fields; "" is all.
  std::string filter;
  /// Quotations in the answer at most; 0 asks for passages alone.
  size_t max_quotes = 3;
};

/// Where something quoted stands: document, page and bytes of the document's extracted text.
struct Citation {
  std::string document;
  std::string document_id;
  std::string ingestion_id;
  std::string chunk_id;
  int64_t page = 1;
  int64_t byte_begin = 0;
  int64_t byte_end = 0;
  /// Cosine of the quoted text to the question.
  float score = 0;
  /// The quoted text, byte for byte.
  std::string quote;
};

struct QueryAnswer {
  std::vector<ChunkHit> passages;
  /// The quotations, numbered as the citations are: "“…” [1]". Empty when nothing is near enough.
  std::string answer;
  std::string generator = "extractive";
  /// What the answer is, for the reader.
  std::string note;
  std::vector<Citation> citations;
};

class QueryService {
 public:
  /// Borrowed; they must outlive the service.
  QueryService(const Embedder& embedder, ChunkIndex& index) : embedder_(embedder), index_(index) {}

  /// kInvalidArgument for an empty or overlong question, a top_k out of range or a bad filter.
  Result<QueryAnswer> Answer(const OpContext& context, const QuestionRequest& request) const;
  /// The passages alone.
  Result<std::vector<ChunkHit>> Search(const OpContext& context,
                                       const QuestionRequest& request) const;

 private:
  const Embedder& embedder_;
  ChunkIndex& index_;
};

}  // namespace vecgate
