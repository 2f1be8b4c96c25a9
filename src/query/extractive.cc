#include "query/extractive.h"

#include <algorithm>
#include <numeric>
#include <set>

#include "document/sentences.h"

namespace vecgate {
namespace {

// Sentences come from this many passages at most; embedding them is what an answer costs.
constexpr size_t kPassages = 5;
constexpr size_t kMaxCandidates = 48;
// A heading or a table cell answers nothing; a whole page is no quotation.
constexpr size_t kMinSentenceBytes = 24;
constexpr size_t kMaxSentenceBytes = 700;
// Below this cosine a sentence has nothing to do with the question; and a quotation much farther
// than the best one only dilutes it.
constexpr float kMinCosine = 0.25F;
constexpr float kMaxDistanceToBest = 0.2F;
// What the passage adds to its sentences: context counts, but less than the sentence itself.
constexpr float kPassageWeight = 0.3F;

struct Candidate {
  const ChunkHit* passage = nullptr;
  ByteRange bytes;  // Of the passage's text.
  std::string text;
  float cosine = 0;
  float rank = 0;
};

// A chunk that was cut inside a sentence begins with its tail; only its first candidate can be one.
bool IsTail(const ChunkHit& passage, ByteRange sentence) {
  const char first = passage.row.chunk_text[sentence.begin];
  return sentence.begin == 0 && passage.row.byte_begin > 0 && first >= 'a' && first <= 'z';
}

std::vector<Candidate> Candidates(std::span<const ChunkHit> passages) {
  std::vector<Candidate> out;
  std::set<std::string> seen;  // Overlapping chunks hold the same sentence.
  for (const ChunkHit& passage : passages.first(std::min(kPassages, passages.size()))) {
    for (const ByteRange sentence : SplitSentences(passage.row.chunk_text)) {
      if (sentence.size() < kMinSentenceBytes || sentence.size() > kMaxSentenceBytes) continue;
      if (IsTail(passage, sentence)) continue;
      std::string text = passage.row.chunk_text.substr(sentence.begin, sentence.size());
      if (!seen.insert(text).second) continue;
      out.push_back({&passage, sentence, std::move(text), 0, 0});
      if (out.size() == kMaxCandidates) return out;
    }
  }
  return out;
}

Citation CitationFor(const Candidate& candidate) {
  const ChunkRow& row = candidate.passage->row;
  return {.document = row.document,
          .document_id = row.document_id,
          .ingestion_id = row.ingestion_id,
          .chunk_id = row.chunk_id,
          .page = row.page,
          .byte_begin = row.byte_begin + static_cast<int64_t>(candidate.bytes.begin),
          .byte_end = row.byte_begin + static_cast<int64_t>(candidate.bytes.end),
          .score = candidate.cosine,
          .quote = candidate.text};
}

}  // namespace

Result<std::vector<Citation>> SelectQuotes(const OpContext& context, const Embedder& embedder,
                                           std::span<const float> question,
                                           std::span<const ChunkHit> passages, size_t max_quotes) {
  std::vector<Candidate> candidates = Candidates(passages);
  if (candidates.empty() || max_quotes == 0) return std::vector<Citation>();
  std::vector<std::string> texts;
  for (const Candidate& candidate : candidates) texts.push_back(candidate.text);
  VG_ASSIGN_OR_RETURN(const std::vector<float> vectors, embedder.EmbedBatch(context, texts));
  for (size_t i = 0; i < candidates.size(); ++i) {
    Candidate& candidate = candidates[i];
    candidate.cosine =
        std::inner_product(question.begin(), question.end(), &vectors[i * question.size()], 0.0F);
    candidate.rank = candidate.cosine + kPassageWeight * candidate.passage->score;
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const Candidate& a, const Candidate& b) { return a.rank > b.rank; });
  std::vector<Citation> out;
  for (const Candidate& candidate : candidates) {
    if (out.size() == max_quotes) break;
    if (candidate.cosine < kMinCosine) continue;
    if (!out.empty() && candidate.rank < candidates.front().rank - kMaxDistanceToBest) break;
    out.push_back(CitationFor(candidate));
  }
  return out;
}

}  // namespace vecgate
