// Document: the text of a file with the pages it came from.
//
// Thread safety: values.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/byte_range.h"
#include "base/result.h"

namespace vecgate {

enum class DocumentFormat : uint8_t { kTxt = 1, kMarkdown = 2, kHtml = 3, kPdf = 4, kDocx = 5 };

/// "pdf", "docx", "txt", "md", "html".
std::string_view FormatName(DocumentFormat format);
/// From such a name. kInvalidArgument listing those allowed.
Result<DocumentFormat> FormatFromName(std::string_view name);
/// From a file name's extension ("Guide.PDF", "a.markdown"). kInvalidArgument when it is none of
/// ours.
Result<DocumentFormat> FormatFromFileName(std::string_view file_name);

struct Page {
  /// From 1.
  int32_t number = 1;
  /// Where it stands in Document::text.
  ByteRange bytes;
};

struct Document {
  /// UTF-8, valid.
  std::string text;
  /// In order, at least one; formats without pages have one page.
  std::vector<Page> pages;
  /// As the file itself says; may be empty.
  std::string title;
  /// What else the file says of itself: author, …
  std::map<std::string, std::string> metadata;
};

/// A document as bytes for the pipe between the extraction child and its parent.
std::string EncodeDocument(const Document& document);
/// kDataLoss when the bytes are not what EncodeDocument writes.
Result<Document> DecodeDocument(std::string_view bytes);

/// The page in which `byte` of the text lies. REQUIRES: `pages` not empty, in order.
int32_t PageAt(const std::vector<Page>& pages, size_t byte);

}  // namespace vecgate
