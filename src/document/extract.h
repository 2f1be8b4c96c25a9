// Extract: the bytes of a file → its text with pages. Pure functions of their input.
//
// Hostile input is expected: every size is bounded by ExtractLimits. Libraries may still crash or
// spin on some file nobody has seen yet, so servers call ExtractInChild (extract_child.h) instead.
//
// Thread safety: no shared state.
#pragma once

#include <string_view>

#include "document/document.h"

namespace vecgate {

struct ExtractLimits {
  /// Of the text that comes out.
  size_t max_text_bytes = 64 << 20;
  /// Of what an archive (DOCX) unpacks to.
  size_t max_unpacked_bytes = 128 << 20;
  size_t max_pages = 20'000;
};

/// Errors: kInvalidArgument when the bytes are not of that format, are encrypted or damaged;
/// kResourceExhausted when a limit is passed. Messages name what was found.
Result<Document> Extract(DocumentFormat format, std::string_view bytes,
                         const ExtractLimits& limits);

// One for each format; Extract chooses and then checks the text's size and encoding.
Result<Document> ExtractPdf(std::string_view bytes, const ExtractLimits& limits);
Result<Document> ExtractDocx(std::string_view bytes, const ExtractLimits& limits);
Result<Document> ExtractHtml(std::string_view bytes, const ExtractLimits& limits);
/// A form feed begins a new page.
Result<Document> ExtractPlainText(std::string_view bytes);
/// The text as it is; the first heading is the title.
Result<Document> ExtractMarkdown(std::string_view bytes);

/// UTF-8 out of UTF-8, UTF-16 with a byte order mark, or the encoding that the bytes look like.
/// kInvalidArgument for binary data.
Result<std::string> DecodeText(std::string_view bytes);

}  // namespace vecgate
