#include "document/chunk.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/check.h"
#include "document/sentences.h"

namespace vecgate {
namespace {

constexpr std::array<std::pair<ChunkStrategy, std::string_view>, 4> kStrategies{
    {{ChunkStrategy::kFixed, "fixed"},
     {ChunkStrategy::kSentence, "sentence"},
     {ChunkStrategy::kRecursive, "recursive"},
     {ChunkStrategy::kMarkdown, "markdown"}}};

// However few its tokens, a chunk fits a VARCHAR field with room to spare.
constexpr size_t kMaxChunkBytes = 32 << 10;
// A longer token (one unknown "word" may be the whole file) is cut into pieces of this.
constexpr size_t kMaxTokenBytes = 256;

// A half-open range of token numbers.
struct TokenRange {
  size_t begin = 0;
  size_t end = 0;
  [[nodiscard]] size_t size() const { return end - begin; }
};

// Splits at unit borders. All work is done on token numbers; bytes come back at the end.
class Chunker {
 public:
  Chunker(std::string_view text, std::span<const ByteRange> tokens, const ChunkOptions& options)
      : text_(text), tokens_(tokens), options_(options) {}

  std::vector<TokenRange> Run() {
    const TokenRange all{0, tokens_.size()};
    switch (options_.strategy) {
      case ChunkStrategy::kFixed: Windows(all); break;
      case ChunkStrategy::kSentence: Pack(Units(all, Level::kSentence)); break;
      case ChunkStrategy::kRecursive: Pack(Units(all, Level::kParagraph)); break;
      case ChunkStrategy::kMarkdown:
        for (const TokenRange section : Sections(all)) Pack(Units(section, Level::kParagraph));
        break;
    }
    return std::move(out_);
  }

 private:
  enum class Level { kParagraph, kLine, kSentence, kWindow };

  void Windows(TokenRange range) {
    const size_t step = options_.max_tokens - options_.overlap_tokens;
    for (size_t at = range.begin; at < range.end; at += step) {
      out_.push_back({at, std::min(range.end, at + options_.max_tokens)});
      if (out_.back().end == range.end) break;
    }
  }

  // The units of `range` at `level`; those that are too long are split at the next one.
  std::vector<TokenRange> Units(TokenRange range, Level level) const {
    std::vector<TokenRange> units;
    if (range.size() == 0) return units;
    if (level == Level::kWindow) {
      for (size_t at = range.begin; at < range.end; at += options_.max_tokens) {
        units.push_back({at, std::min(range.end, at + options_.max_tokens)});
      }
      return units;
    }
    const auto next = static_cast<Level>(static_cast<int>(level) + 1);
    for (const TokenRange unit : SplitAt(range, Borders(range, level))) {
      if (unit.size() <= options_.max_tokens) {
        units.push_back(unit);
      } else {
        const std::vector<TokenRange> finer = Units(unit, next);
        units.insert(units.end(), finer.begin(), finer.end());
      }
    }
    return units;
  }

  // Byte positions at which a unit of `level` begins, inside the bytes of `range`.
  [[nodiscard]] std::vector<size_t> Borders(TokenRange range, Level level) const {
    const size_t first = tokens_[range.begin].begin;
    const std::string_view part = text_.substr(first, tokens_[range.end - 1].end - first);
    std::vector<size_t> borders;
    if (level == Level::kSentence) {
      for (const ByteRange sentence : SplitSentences(part))
        borders.push_back(first + sentence.begin);
      return borders;
    }
    bool blank = false;
    for (size_t at = 0; at < part.size();) {
      const size_t end = std::min(part.find('\n', at), part.size());
      const bool empty =
          part.substr(at, end - at).find_first_not_of(" \t\r") == std::string_view::npos;
      if (!empty && (level == Level::kLine || blank)) borders.push_back(first + at);
      blank = empty;
      at = end + 1;
    }
    return borders;
  }

  [[nodiscard]] std::vector<TokenRange> SplitAt(TokenRange range,
                                                const std::vector<size_t>& borders) const {
    std::vector<TokenRange> parts;
    size_t begin = range.begin;
    for (const size_t border : borders) {
      const auto at =
          std::lower_bound(tokens_.begin() + static_cast<ptrdiff_t>(begin),
                           tokens_.begin() + static_cast<ptrdiff_t>(range.end), border,
                           [](const ByteRange& token, size_t byte) { return token.begin < byte; });
      const auto number = static_cast<size_t>(at - tokens_.begin());
      if (number > begin && number < range.end) {
        parts.push_back({begin, number});
        begin = number;
      }
    }
    parts.push_back({begin, range.end});
    return parts;
  }

  // Sections begin at ATX headings outside of fenced code.
  [[nodiscard]] std::vector<TokenRange> Sections(TokenRange range) const {
    if (range.size() == 0) return {};
    std::vector<size_t> borders;
    bool fenced = false;
    for (size_t at = 0; at < text_.size();) {
      const size_t end = std::min(text_.find('\n', at), text_.size());
      const std::string_view line = text_.substr(at, end - at);
      if (line.starts_with("```") || line.starts_with("~~~")) fenced = !fenced;
      const size_t marks = std::min(line.find_first_not_of('#'), line.size());
      if (!fenced && marks >= 1 && marks <= 6 && marks < line.size() && line[marks] == ' ') {
        borders.push_back(at);
      }
      at = end + 1;
    }
    return SplitAt(range, borders);
  }

  // Greedy: as many units as fit; then goes back over whole units worth at most overlap_tokens.
  void Pack(const std::vector<TokenRange>& units) {
    size_t first = 0;
    while (first < units.size()) {
      size_t last = first;
      while (last + 1 < units.size() &&
             units[last + 1].end - units[first].begin <= options_.max_tokens) {
        ++last;
      }
      out_.push_back({units[first].begin, units[last].end});
      if (last + 1 == units.size()) break;
      size_t next = last + 1;
      while (next - 1 > first &&
             units[last].end - units[next - 1].begin <= options_.overlap_tokens &&
             units[last + 1].end - units[next - 1].begin <= options_.max_tokens) {
        --next;
      }
      first = next;
    }
  }

  std::string_view text_;
  std::span<const ByteRange> tokens_;
  const ChunkOptions& options_;
  std::vector<TokenRange> out_;
};

bool IsContinuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::vector<ByteRange> CutLongTokens(std::string_view text, std::span<const ByteRange> tokens) {
  std::vector<ByteRange> out;
  out.reserve(tokens.size());
  for (ByteRange token : tokens) {
    while (token.size() > kMaxTokenBytes) {
      size_t end = token.begin + kMaxTokenBytes;
      while (end > token.begin + 1 && IsContinuation(text[end])) --end;
      out.push_back({token.begin, end});
      token.begin = end;
    }
    out.push_back(token);
  }
  return out;
}

// Halves what has too much white space between its tokens.
void AppendBounded(std::span<const ByteRange> tokens, TokenRange range,
                   std::vector<ByteRange>& out) {
  const ByteRange bytes{tokens[range.begin].begin, tokens[range.end - 1].end};
  if (bytes.size() <= kMaxChunkBytes || range.size() == 1) {
    out.push_back(bytes);
    return;
  }
  const size_t middle = range.begin + range.size() / 2;
  AppendBounded(tokens, {range.begin, middle}, out);
  AppendBounded(tokens, {middle, range.end}, out);
}

}  // namespace

std::string_view ChunkStrategyName(ChunkStrategy strategy) {
  return kStrategies[static_cast<size_t>(strategy)].second;
}

Result<ChunkStrategy> ChunkStrategyFromName(std::string_view name) {
  for (const auto& [strategy, known] : kStrategies) {
    if (known == name) return strategy;
  }
  return InvalidArgument("chunk strategy '" + std::string(name) +
                         "' does not exist; allowed: fixed, sentence, recursive, markdown");
}

Status Validate(const ChunkOptions& options) {
  if (options.max_tokens < 8 || options.max_tokens > 8192) {
    return InvalidArgument("chunk size " + std::to_string(options.max_tokens) +
                           " is out of range; allowed: 8 to 8192 tokens");
  }
  if (options.overlap_tokens * 2 > options.max_tokens) {
    return InvalidArgument("chunk overlap " + std::to_string(options.overlap_tokens) +
                           " is more than half of the chunk size " +
                           std::to_string(options.max_tokens));
  }
  return Ok();
}

std::vector<Chunk> ChunkText(std::string_view text, std::span<const ByteRange> tokens,
                             const std::vector<Page>& pages, const ChunkOptions& options) {
  VG_CHECK(Validate(options).ok() && !pages.empty());
  const std::vector<ByteRange> bounded = CutLongTokens(text, tokens);
  std::vector<ByteRange> ranges;
  for (const TokenRange range : Chunker(text, bounded, options).Run()) {
    AppendBounded(bounded, range, ranges);
  }
  std::vector<Chunk> chunks;
  for (const ByteRange bytes : ranges) {
    chunks.push_back({static_cast<int32_t>(chunks.size()), bytes, PageAt(pages, bytes.begin)});
  }
  return chunks;
}

}  // namespace vecgate
