#include "document/sentences.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <algorithm>
#include <array>
#include <memory>
#include <string>

#include "base/check.h"

namespace vecgate {
namespace {

bool IsSpace(char c) {
  return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

// A line that begins a thing of its own, though no blank line stands before it.
bool StartsBlock(std::string_view line) {
  while (!line.empty() && (line[0] == ' ' || line[0] == '\t')) line.remove_prefix(1);
  if (line.empty() || line[0] == '\r') return true;
  for (const std::string_view mark :
       {"- ", "* ", "+ ", "# ", "## ", "### ", "#### ", "```", "\xE2\x80\xA2", "| "}) {
    if (line.starts_with(mark)) return true;
  }
  const size_t digits = std::min(line.find_first_not_of("0123456789"), line.size());
  return digits > 0 && digits < 4 && digits + 1 < line.size() &&
         (line[digits] == '.' || line[digits] == ')') && line[digits + 1] == ' ';
}

// The text with the ends of wrapped lines turned into spaces: same length, same offsets.
std::string JoinWrappedLines(std::string_view text) {
  std::string out(text);
  size_t end = 0;
  while ((end = text.find('\n', end)) != std::string_view::npos) {
    const std::string_view next = text.substr(end + 1);
    const bool after_blank = end == 0 || text[end - 1] == '\n';
    if (!after_blank && !StartsBlock(next.substr(0, std::min(next.find('\n'), next.size())))) {
      out[end] = ' ';
      if (text[end - 1] == '\r') out[end - 1] = ' ';
    }
    ++end;
  }
  return out;
}

// Does a sentence that ends here end by an abbreviation only?
bool EndsInAbbreviation(std::string_view sentence) {
  if (!sentence.ends_with('.')) return false;
  sentence.remove_suffix(1);
  const size_t space = sentence.find_last_of(" \n\t(\"'");
  const std::string_view word =
      space == std::string_view::npos ? sentence : sentence.substr(space + 1);
  if (word.size() == 1 && word[0] >= 'A' && word[0] <= 'Z') return true;  // An initial: "J. Smith".
  static constexpr std::array<std::string_view, 34> kAbbreviations{
      "e.g", "i.e", "cf",  "vs", "viz", "Mr",  "Mrs", "Ms",     "Dr",   "Prof", "St", "Jr",
      "Sr",  "Fig", "fig", "Eq", "eq",  "Sec", "sec", "Ch",     "ch",   "No",   "no", "Vol",
      "vol", "pp",  "p",   "al", "Inc", "Ltd", "Co",  "approx", "resp", "ca"};
  return std::find(kAbbreviations.begin(), kAbbreviations.end(), word) != kAbbreviations.end();
}

bool HasBlankLine(std::string_view between) {
  return std::count(between.begin(), between.end(), '\n') > 1;
}

std::vector<size_t> IcuBoundaries(const std::string& text) {
  UErrorCode status = U_ZERO_ERROR;
  const std::unique_ptr<icu::BreakIterator> breaks(
      icu::BreakIterator::createSentenceInstance(icu::Locale::getRoot(), status));
  VG_CHECK(U_SUCCESS(status));
  UText view = UTEXT_INITIALIZER;
  utext_openUTF8(&view, text.data(), static_cast<int64_t>(text.size()), &status);
  breaks->setText(&view, status);
  VG_CHECK(U_SUCCESS(status));
  std::vector<size_t> out;
  for (int32_t at = breaks->first(); at != icu::BreakIterator::DONE; at = breaks->next()) {
    out.push_back(static_cast<size_t>(at));
  }
  utext_close(&view);
  return out;
}

}  // namespace

ByteRange Trim(std::string_view text, ByteRange range) {
  while (range.begin < range.end && IsSpace(text[range.begin])) ++range.begin;
  while (range.end > range.begin && IsSpace(text[range.end - 1])) --range.end;
  return range;
}

std::vector<ByteRange> SplitSentences(std::string_view text) {
  if (text.empty()) return {};
  const std::vector<size_t> boundaries = IcuBoundaries(JoinWrappedLines(text));
  std::vector<ByteRange> out;
  for (size_t i = 0; i + 1 < boundaries.size(); ++i) {
    const ByteRange sentence = Trim(text, {boundaries[i], boundaries[i + 1]});
    if (sentence.size() == 0) continue;
    if (!out.empty()) {
      ByteRange& last = out.back();
      const bool joined = EndsInAbbreviation(text.substr(last.begin, last.size())) &&
                          !HasBlankLine(text.substr(last.end, sentence.begin - last.end));
      if (joined) {
        last.end = sentence.end;
        continue;
      }
    }
    out.push_back(sentence);
  }
  return out;
}

}  // namespace vecgate
