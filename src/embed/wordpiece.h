// WordPiece: the tokenizer of uncased BERT models, as tokenizer.json of the model describes it:
// BertNormalizer (clean text, spaces around CJK, accents stripped, lower case), BertPreTokenizer
// (white space and punctuation), then greedy longest match in the vocabulary.
//
// One thing differs on purpose: the words "[CLS]", "[SEP]", "[MASK]"… inside a text are text, not
// control tokens, so that a document cannot inject them.
//
// Thread safety: const after Load.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/byte_range.h"
#include "base/result.h"

namespace vecgate {

struct WordPieceToken {
  int32_t id = 0;
  /// Where it came from in the original text.
  ByteRange bytes;
};

class WordPiece {
 public:
  /// Reads vocab.txt: one token a line, its id is the line number. kNotFound when it cannot be
  /// read, kDataLoss when a special token is missing.
  static Result<WordPiece> Load(const std::string& vocab_path);

  /// Without special tokens and not truncated. Bytes that are not UTF-8 are skipped.
  [[nodiscard]] std::vector<WordPieceToken> Tokenize(std::string_view text) const;

  [[nodiscard]] int32_t cls_id() const { return cls_; }
  [[nodiscard]] int32_t sep_id() const { return sep_; }

 private:
  struct Hash {
    using is_transparent = void;
    size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Equal {
    using is_transparent = void;
    bool operator()(std::string_view a, std::string_view b) const { return a == b; }
  };

  [[nodiscard]] int32_t Find(std::string_view token) const;
  void SplitWord(std::string_view word, const std::vector<ByteRange>& origins,
                 std::vector<WordPieceToken>& out) const;

  std::unordered_map<std::string, int32_t, Hash, Equal> vocab_;
  size_t longest_bytes_ = 0;
  int32_t unk_ = 0;
  int32_t cls_ = 0;
  int32_t sep_ = 0;
};

}  // namespace vecgate
