#include "document/extract.h"

#include <new>

#include "base/check.h"

namespace vecgate {
namespace {

Result<Document> Dispatch(DocumentFormat format, std::string_view bytes,
                          const ExtractLimits& limits) {
  switch (format) {
    case DocumentFormat::kTxt: return ExtractPlainText(bytes);
    case DocumentFormat::kMarkdown: return ExtractMarkdown(bytes);
    case DocumentFormat::kHtml: return ExtractHtml(bytes, limits);
    case DocumentFormat::kPdf: return ExtractPdf(bytes, limits);
    case DocumentFormat::kDocx: return ExtractDocx(bytes, limits);
  }
  return InvalidArgument("unknown document format", Subject::kDocument);
}

}  // namespace

Result<Document> Extract(DocumentFormat format, std::string_view bytes,
                         const ExtractLimits& limits) {
  Result<Document> document;
  try {
    document = Dispatch(format, bytes, limits);
  } catch (const std::bad_alloc&) {
    return ResourceExhausted("the document needs more memory than extraction may use",
                             Subject::kDocument);
  } catch (const std::exception& exception) {
    return InvalidArgument(std::string("the document cannot be read: ") + exception.what(),
                           Subject::kDocument);
  }
  if (!document.ok()) return document;
  if (document->text.size() > limits.max_text_bytes) {
    return ResourceExhausted("the document has " + std::to_string(document->text.size()) +
                                 " bytes of text; at most " +
                                 std::to_string(limits.max_text_bytes) + " are allowed",
                             Subject::kDocument);
  }
  if (document->pages.empty()) document->pages.push_back({1, {0, document->text.size()}});
  VG_CHECK(document->pages.back().bytes.end <= document->text.size());
  return document;
}

}  // namespace vecgate
