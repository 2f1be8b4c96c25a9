#include "document/document.h"

#include <algorithm>
#include <array>
#include <utility>

#include "base/bytes.h"
#include "base/check.h"

namespace vecgate {
namespace {

struct NamedFormat {
  std::string_view name;
  DocumentFormat format;
};
constexpr std::array kNames{
    NamedFormat{"pdf", DocumentFormat::kPdf}, NamedFormat{"docx", DocumentFormat::kDocx},
    NamedFormat{"txt", DocumentFormat::kTxt}, NamedFormat{"md", DocumentFormat::kMarkdown},
    NamedFormat{"html", DocumentFormat::kHtml}};
constexpr std::array kOtherExtensions{
    NamedFormat{"text", DocumentFormat::kTxt}, NamedFormat{"markdown", DocumentFormat::kMarkdown},
    NamedFormat{"htm", DocumentFormat::kHtml}, NamedFormat{"xhtml", DocumentFormat::kHtml}};

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

}  // namespace

std::string_view FormatName(DocumentFormat format) {
  for (const NamedFormat& named : kNames) {
    if (named.format == format) return named.name;
  }
  VG_CHECK(false);
  return {};
}

Result<DocumentFormat> FormatFromName(std::string_view name) {
  for (const NamedFormat& named : kNames) {
    if (named.name == name) return named.format;
  }
  return InvalidArgument("document format '" + std::string(name) +
                             "' is not supported; allowed: pdf, docx, txt, md, html",
                         Subject::kDocument);
}

Result<DocumentFormat> FormatFromFileName(std::string_view file_name) {
  const size_t dot = file_name.rfind('.');
  const std::string extension =
      dot == std::string_view::npos ? "" : Lower(file_name.substr(dot + 1));
  for (const NamedFormat& named : kOtherExtensions) {
    if (named.name == extension) return named.format;
  }
  for (const NamedFormat& named : kNames) {
    if (named.name == extension) return named.format;
  }
  return InvalidArgument(
      "the format of file '" + std::string(file_name) +
          "' is not known by its extension; allowed: .pdf, .docx, .txt, .md, .html",
      Subject::kDocument);
}

std::string EncodeDocument(const Document& document) {
  ByteWriter out;
  out.PutString(document.text);
  out.PutString(document.title);
  out.Put(static_cast<uint32_t>(document.pages.size()));
  for (const Page& page : document.pages) {
    out.Put(page.number);
    out.Put(static_cast<uint64_t>(page.bytes.begin));
    out.Put(static_cast<uint64_t>(page.bytes.end));
  }
  out.Put(static_cast<uint32_t>(document.metadata.size()));
  for (const auto& [key, value] : document.metadata) {
    out.PutString(key);
    out.PutString(value);
  }
  return out.Take();
}

Result<Document> DecodeDocument(std::string_view bytes) {
  ByteReader in(bytes);
  Document out;
  VG_ASSIGN_OR_RETURN(out.text, in.GetString());
  VG_ASSIGN_OR_RETURN(out.title, in.GetString());
  VG_ASSIGN_OR_RETURN(const uint32_t pages, in.Get<uint32_t>());
  size_t last = 0;
  for (uint32_t i = 0; i < pages; ++i) {
    Page page;
    VG_ASSIGN_OR_RETURN(page.number, in.Get<int32_t>());
    VG_ASSIGN_OR_RETURN(page.bytes.begin, in.Get<uint64_t>());
    VG_ASSIGN_OR_RETURN(page.bytes.end, in.Get<uint64_t>());
    if (page.bytes.begin < last || page.bytes.end < page.bytes.begin ||
        page.bytes.end > out.text.size()) {
      return DataLoss("an extracted document has a page outside of its text");
    }
    last = page.bytes.end;
    out.pages.push_back(page);
  }
  if (out.pages.empty()) return DataLoss("an extracted document has no pages");
  VG_ASSIGN_OR_RETURN(const uint32_t entries, in.Get<uint32_t>());
  for (uint32_t i = 0; i < entries; ++i) {
    VG_ASSIGN_OR_RETURN(const std::string_view key, in.GetString());
    VG_ASSIGN_OR_RETURN(const std::string_view value, in.GetString());
    out.metadata[std::string(key)] = std::string(value);
  }
  if (in.remaining() != 0) return DataLoss("an extracted document has bytes after its end");
  return out;
}

int32_t PageAt(const std::vector<Page>& pages, size_t byte) {
  VG_CHECK(!pages.empty());
  const auto after = std::upper_bound(
      pages.begin(), pages.end(), byte,
      [](size_t position, const Page& page) { return position < page.bytes.begin; });
  return after == pages.begin() ? pages.front().number : std::prev(after)->number;
}

}  // namespace vecgate
