#include <poppler-document.h>
#include <poppler-global.h>
#include <poppler-page.h>

#include <limits>
#include <memory>

#include "document/extract.h"

namespace vecgate {
namespace {

std::string ToUtf8(const poppler::ustring& text) {
  const poppler::byte_array bytes = text.to_utf8();
  std::string out(bytes.begin(), bytes.end());
  // Poppler ends a page with a form feed and some files carry NULs; neither is text.
  std::erase_if(out, [](char c) { return c == '\0' || c == '\f'; });
  return out;
}

}  // namespace

Result<Document> ExtractPdf(std::string_view bytes, const ExtractLimits& limits) {
  // Poppler would print each oddity of a file to stderr.
  poppler::set_debug_error_function([](const std::string&, void*) {}, nullptr);
  if (bytes.size() > static_cast<size_t>(std::numeric_limits<int>::max())) {
    return ResourceExhausted("a PDF of more than 2 GiB cannot be read", Subject::kDocument);
  }
  const std::unique_ptr<poppler::document> pdf(
      poppler::document::load_from_raw_data(bytes.data(), static_cast<int>(bytes.size())));
  if (pdf == nullptr) {
    return InvalidArgument("the file is not a readable PDF: it is damaged or of another format",
                           Subject::kDocument);
  }
  if (pdf->is_locked()) {
    return InvalidArgument("the PDF is encrypted and needs a password; remove it first",
                           Subject::kDocument);
  }
  const int pages = pdf->pages();
  if (pages < 0 || static_cast<size_t>(pages) > limits.max_pages) {
    return ResourceExhausted("the PDF has " + std::to_string(pages) + " pages; at most " +
                                 std::to_string(limits.max_pages) + " are allowed",
                             Subject::kDocument);
  }
  Document out;
  for (int i = 0; i < pages; ++i) {
    const std::unique_ptr<poppler::page> page(pdf->create_page(i));
    const size_t begin = out.text.size();
    if (page != nullptr) {
      out.text += ToUtf8(page->text({}, poppler::page::non_raw_non_physical_layout));
    }
    if (out.text.size() > begin && out.text.back() != '\n') out.text += '\n';
    out.pages.push_back({i + 1, {begin, out.text.size()}});
    if (out.text.size() > limits.max_text_bytes) break;  // Extract names the limit.
  }
  out.title = ToUtf8(pdf->get_title());
  const std::string author = ToUtf8(pdf->get_author());
  if (!author.empty()) out.metadata["author"] = author;
  return out;
}

}  // namespace vecgate
