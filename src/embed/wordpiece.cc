#include "embed/wordpiece.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/utf8.h>

#include <algorithm>
#include <fstream>

#include "base/check.h"

namespace vecgate {
namespace {

// The model's own limit: a longer word becomes one [UNK].
constexpr size_t kMaxWordChars = 100;

bool IsRemoved(UChar32 c) {
  if (c == 0 || c == 0xFFFD) return true;
  if (c == '\t' || c == '\n' || c == '\r') return false;
  constexpr uint32_t kOther = U_GC_CC_MASK | U_GC_CF_MASK | U_GC_CO_MASK | U_GC_CS_MASK;
  return (U_GET_GC_MASK(c) & kOther) != 0;
}

bool IsSpace(UChar32 c) { return u_isUWhiteSpace(c) != 0; }

// The ideograph blocks that BERT's multilingual code treats as one word a character.
bool IsCjk(UChar32 c) {
  return (c >= 0x4E00 && c <= 0x9FFF) || (c >= 0x3400 && c <= 0x4DBF) ||
         (c >= 0x20000 && c <= 0x2A6DF) || (c >= 0x2A700 && c <= 0x2B73F) ||
         (c >= 0x2B740 && c <= 0x2B81F) || (c >= 0x2B920 && c <= 0x2CEAF) ||
         (c >= 0xF900 && c <= 0xFAFF) || (c >= 0x2F800 && c <= 0x2FA1F);
}

bool IsPunctuation(UChar32 c) {
  if (c < 0x80) {
    return (c >= 33 && c <= 47) || (c >= 58 && c <= 64) || (c >= 91 && c <= 96) ||
           (c >= 123 && c <= 126);
  }
  return (U_GET_GC_MASK(c) & U_GC_P_MASK) != 0;
}

void AppendUtf8(UChar32 c, std::string& out) {
  char raw[U8_MAX_LENGTH];
  int32_t size = 0;
  U8_APPEND_UNSAFE(raw, size, c);
  out.append(raw, static_cast<size_t>(size));
}

const icu::Normalizer2& Nfd() {
  UErrorCode status = U_ZERO_ERROR;
  const icu::Normalizer2* nfd = icu::Normalizer2::getNFDInstance(status);
  VG_CHECK(U_SUCCESS(status));
  return *nfd;
}

// One normalised word: its UTF-8 and, for each character, the bytes of the text it came from.
struct Word {
  std::string text;
  std::vector<ByteRange> origins;
  void Append(UChar32 c, ByteRange origin) {
    AppendUtf8(c, text);
    origins.push_back(origin);
  }
  void Clear() {
    text.clear();
    origins.clear();
  }
};

// Calls `character(c, origin)` for each normalised character and `boundary()` between words.
template <typename Character, typename Boundary>
void Normalize(std::string_view text, Character character, Boundary boundary) {
  const icu::Normalizer2& nfd = Nfd();
  const auto* bytes = reinterpret_cast<const uint8_t*>(text.data());
  const auto size = static_cast<int32_t>(text.size());
  icu::UnicodeString decomposed;
  for (int32_t at = 0; at < size;) {
    const auto begin = static_cast<size_t>(at);
    UChar32 c = 0;
    U8_NEXT(bytes, at, size, c);
    const ByteRange origin{begin, static_cast<size_t>(at)};
    if (c < 0 || IsRemoved(c)) continue;
    if (IsSpace(c)) {
      boundary();
      continue;
    }
    const bool alone = IsCjk(c) || IsPunctuation(c);
    if (alone) boundary();
    if (c < 0x80) {
      character(c >= 'A' && c <= 'Z' ? c + 32 : c, origin);
    } else if (nfd.getDecomposition(c, decomposed) != 0) {
      for (int32_t i = 0; i < decomposed.length(); i = decomposed.moveIndex32(i, 1)) {
        const UChar32 part = decomposed.char32At(i);
        if (u_charType(part) == U_NON_SPACING_MARK) continue;
        const bool part_alone = IsPunctuation(part) && !alone;
        if (part_alone) boundary();
        character(u_tolower(part), origin);
        if (part_alone) boundary();
      }
    } else if (u_charType(c) != U_NON_SPACING_MARK) {
      character(u_tolower(c), origin);
    }
    if (alone) boundary();
  }
  boundary();
}

}  // namespace

Result<WordPiece> WordPiece::Load(const std::string& vocab_path) {
  std::ifstream file(vocab_path);
  if (!file) return NotFound("vocabulary " + vocab_path + " cannot be read", Subject::kConfig);
  WordPiece out;
  std::string line;
  int32_t id = 0;
  while (std::getline(file, line)) {
    if (!line.empty() && line.back() == '\r') line.pop_back();
    out.longest_bytes_ = std::max(out.longest_bytes_, line.size());
    out.vocab_.emplace(line, id++);
  }
  out.unk_ = out.Find("[UNK]");
  out.cls_ = out.Find("[CLS]");
  out.sep_ = out.Find("[SEP]");
  if (out.unk_ < 0 || out.cls_ < 0 || out.sep_ < 0) {
    return DataLoss("vocabulary " + vocab_path + " lacks [UNK], [CLS] or [SEP]; fetch it again");
  }
  return out;
}

int32_t WordPiece::Find(std::string_view token) const {
  const auto found = vocab_.find(token);
  return found == vocab_.end() ? -1 : found->second;
}

void WordPiece::SplitWord(std::string_view word, const std::vector<ByteRange>& origins,
                          std::vector<WordPieceToken>& out) const {
  const size_t first = out.size();
  const ByteRange whole{origins.front().begin, origins.back().end};
  if (origins.size() > kMaxWordChars) {
    out.push_back({unk_, whole});
    return;
  }
  std::string key;
  size_t begin = 0;
  size_t begin_char = 0;
  while (begin < word.size()) {
    size_t end = std::min(word.size(), begin + longest_bytes_);
    int32_t id = -1;
    for (; end > begin; --end) {
      // Only whole characters: a cut inside a UTF-8 sequence is never in the vocabulary.
      if (end < word.size() && (static_cast<unsigned char>(word[end]) & 0xC0) == 0x80) continue;
      key.assign(begin == 0 ? "" : "##").append(word.substr(begin, end - begin));
      id = Find(key);
      if (id >= 0) break;
    }
    if (id < 0) {  // One unknown part makes the whole word unknown.
      out.resize(first);
      out.push_back({unk_, whole});
      return;
    }
    size_t chars = 0;
    for (size_t i = begin; i < end; ++i) {
      chars += (static_cast<unsigned char>(word[i]) & 0xC0) != 0x80 ? 1 : 0;
    }
    out.push_back({id, {origins[begin_char].begin, origins[begin_char + chars - 1].end}});
    begin = end;
    begin_char += chars;
  }
}

std::vector<WordPieceToken> WordPiece::Tokenize(std::string_view text) const {
  std::vector<WordPieceToken> out;
  out.reserve(text.size() / 4);
  Word word;
  // A text is cut at 1 GiB at most by every caller's limit, so int32 offsets of ICU suffice.
  VG_CHECK(text.size() < (1U << 30));
  Normalize(
      text, [&](UChar32 c, ByteRange origin) { word.Append(c, origin); },
      [&] {
        if (!word.text.empty()) SplitWord(word.text, word.origins, out);
        word.Clear();
      });
  return out;
}

}  // namespace vecgate
