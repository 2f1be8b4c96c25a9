// The inside of quoted strings: escape sequences and UTF-8.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace vecgate::filter {

/// Decodes \n \t \\ \' \" \a \b \f \r \v \? \0…\777 \xHH \uHHHH (pairs of surrogates too) and
/// \UHHHHHHHH. `\%` and `\_` stay as they are, because `like` gives them a meaning.
/// kInvalidArgument names the sequence.
Result<std::string> DecodeEscapes(std::string_view body);

/// Bytes of the UTF-8 sequence that begins with `lead`; 1 for bytes that begin none.
size_t Utf8Length(char lead);

/// Cuts a text for a message to at most `max_bytes`, at a character's border, and marks the cut.
std::string Shorten(std::string_view text, size_t max_bytes);

}  // namespace vecgate::filter
