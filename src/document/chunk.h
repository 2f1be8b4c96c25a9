// Chunking: a text → pieces of bounded length in tokens of the model, with overlap.
//
// A pure function of (text, tokens, pages, options): the same document always gives the same
// chunks, so a repeated run finds the vectors of the first.
//
//   fixed      windows of max_tokens, each beginning overlap_tokens before the last one's end
//   sentence   whole sentences, as many as fit
//   recursive  paragraphs, then lines, then sentences, then words: the largest unit that fits
//   markdown   as recursive, but a chunk never crosses a heading
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "document/document.h"

namespace vecgate {

enum class ChunkStrategy : uint8_t { kFixed, kSentence, kRecursive, kMarkdown };

std::string_view ChunkStrategyName(ChunkStrategy strategy);
/// kInvalidArgument listing those that exist.
Result<ChunkStrategy> ChunkStrategyFromName(std::string_view name);

struct ChunkOptions {
  ChunkStrategy strategy = ChunkStrategy::kRecursive;
  size_t max_tokens = 200;
  size_t overlap_tokens = 32;
};

/// kInvalidArgument unless 8 <= max_tokens <= 8192 and 2 × overlap_tokens <= max_tokens.
Status Validate(const ChunkOptions& options);

struct Chunk {
  int32_t index = 0;
  /// Of the document's text; no white space at either end, never empty.
  ByteRange bytes;
  /// Where it begins.
  int32_t page = 1;
};

/// `tokens`: the byte ranges of the text's tokens as the embedder sees them, in order. Chunks come
/// in order; every token of the text is in at least one; none has more than max_tokens. REQUIRES:
/// Validate(options).ok(), pages not empty.
std::vector<Chunk> ChunkText(std::string_view text, std::span<const ByteRange> tokens,
                             const std::vector<Page>& pages, const ChunkOptions& options);

}  // namespace vecgate
