// Sentences: where each sentence of a text begins and ends.
//
// ICU's rules (UAX #29) break at every line end and after every full stop before a capital. Here
// wrapped lines are joined first and breaks after abbreviations and initials are undone; blank
// lines, list items and headings stay breaks.
//
// Thread safety: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "base/byte_range.h"

namespace vecgate {

/// In order, trimmed of white space, none empty; together they cover all that is not white space.
/// Bytes that are not UTF-8 are taken as unknown characters.
std::vector<ByteRange> SplitSentences(std::string_view text);

/// `range` without white space at either end; empty at its beginning when there is nothing else.
ByteRange Trim(std::string_view text, ByteRange range);

}  // namespace vecgate
