#include "filter/pattern.h"

#include <algorithm>

#include "filter/string_literal.h"

namespace vecgate::filter {

Result<LikePattern> LikePattern::Parse(std::string_view pattern) {
  LikePattern out;
  out.text_ = pattern;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '%') {
      const bool repeated = !out.pieces_.empty() && out.pieces_.back().kind == Kind::kAnyText;
      if (!repeated) out.pieces_.push_back({Kind::kAnyText, 0});
    } else if (pattern[i] == '_') {
      out.pieces_.push_back({Kind::kAnyCharacter, 0});
    } else {
      if (pattern[i] == '\\' && ++i == pattern.size()) {
        return InvalidArgument("the pattern of 'like' ends in a lone '\\'", Subject::kExpression);
      }
      out.pieces_.push_back({Kind::kByte, pattern[i]});
    }
  }
  out.Classify();
  return out;
}

void LikePattern::Classify() {
  const bool starts = !pieces_.empty() && pieces_.front().kind == Kind::kAnyText;
  const bool ends = pieces_.size() > (starts ? 1 : 0) && pieces_.back().kind == Kind::kAnyText;
  const size_t first = starts ? 1 : 0;
  const size_t last = pieces_.size() - (ends ? 1 : 0);
  for (size_t i = first; i < last; ++i) {
    if (pieces_[i].kind != Kind::kByte) return;
    fixed_ += pieces_[i].byte;
  }
  if (starts && ends) {
    shape_ = Shape::kInfix;
  } else if (starts) {
    shape_ = Shape::kSuffix;
  } else {
    shape_ = ends ? Shape::kPrefix : Shape::kExact;
  }
}

bool LikePattern::Matches(std::string_view text) const {
  switch (shape_) {
    case Shape::kExact: return text == fixed_;
    case Shape::kPrefix: return text.starts_with(fixed_);
    case Shape::kSuffix: return text.ends_with(fixed_);
    case Shape::kInfix: return text.find(fixed_) != std::string_view::npos;
    case Shape::kGeneral: break;
  }
  return MatchesGeneral(text);
}

// Greedy matching that goes back only to the last `%`: at most |text| × |pattern| steps.
bool LikePattern::MatchesGeneral(std::string_view text) const {
  size_t at = 0;
  size_t piece = 0;
  size_t retry_piece = pieces_.size() + 1;  // Past the end: no `%` seen yet.
  size_t retry_at = 0;
  const auto step = [&](size_t position) {
    return std::min(Utf8Length(text[position]), text.size() - position);
  };
  while (at < text.size()) {
    if (piece < pieces_.size() && pieces_[piece].kind == Kind::kAnyText) {
      retry_piece = ++piece;
      retry_at = at;
    } else if (piece < pieces_.size() && pieces_[piece].kind == Kind::kAnyCharacter) {
      at += step(at);
      ++piece;
    } else if (piece < pieces_.size() && pieces_[piece].byte == text[at]) {
      ++at;
      ++piece;
    } else if (retry_piece <= pieces_.size()) {
      retry_at += step(retry_at);
      at = retry_at;
      piece = retry_piece;
    } else {
      return false;
    }
  }
  while (piece < pieces_.size() && pieces_[piece].kind == Kind::kAnyText) ++piece;
  return piece == pieces_.size();
}

}  // namespace vecgate::filter
