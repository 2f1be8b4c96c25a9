#include <zip.h>

#include <cstring>
#include <memory>
#include <pugixml.hpp>

#include "document/extract.h"

namespace vecgate {
namespace {

constexpr zip_int64_t kMaxEntries = 10'000;

struct Discard {
  void operator()(zip_t* archive) const { zip_discard(archive); }
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

// Reads one entry. The archive's own word on the size is not trusted: reading stops at the limit.
Result<std::string> ReadEntry(zip_t* archive, const char* name, size_t limit_bytes) {
  const std::unique_ptr<zip_file_t, Discard> file(zip_fopen(archive, name, 0));
  if (file == nullptr) {
    return InvalidArgument(std::string("the DOCX file lacks a readable ") + name,
                           Subject::kDocument);
  }
  std::string out;
  char buffer[1 << 16];
  while (true) {
    const zip_int64_t got = zip_fread(file.get(), buffer, sizeof(buffer));
    if (got < 0) {
      return InvalidArgument(std::string("the DOCX file is damaged in ") + name,
                             Subject::kDocument);
    }
    if (got == 0) return out;
    out.append(buffer, static_cast<size_t>(got));
    if (out.size() > limit_bytes) {
      return ResourceExhausted(std::string("the DOCX file unpacks to more than ") +
                                   std::to_string(limit_bytes) + " bytes in " + name,
                               Subject::kDocument);
    }
  }
}

// Walks word/document.xml in document order and writes its text. The walker of pugixml keeps no
// stack, so nesting cannot exhaust ours.
class TextWalker : public pugi::xml_tree_walker {
 public:
  explicit TextWalker(Document& out) : out_(out) {}

  bool for_each(pugi::xml_node& node) override {
    const char* name = node.name();
    if (std::strcmp(name, "w:t") == 0) {
      out_.text += node.child_value();
    } else if (std::strcmp(name, "w:tab") == 0) {
      // w:tab is also the definition of a tab stop, inside w:tabs.
      if (std::strcmp(node.parent().name(), "w:tabs") != 0) out_.text += '\t';
    } else if (std::strcmp(name, "w:br") == 0) {
      if (std::strcmp(node.attribute("w:type").value(), "page") == 0) {
        EndPage();
      } else {
        out_.text += '\n';
      }
    } else if (std::strcmp(name, "w:lastRenderedPageBreak") == 0) {
      EndPage();
    } else if (std::strcmp(name, "w:p") == 0 || std::strcmp(name, "w:tr") == 0) {
      EndLine();
    }
    return true;
  }

  void EndPage() {
    // A page break and its rendered mark may stand side by side; an empty page is no page.
    if (out_.text.size() == page_begin_) return;
    EndLine();
    out_.pages.push_back({number_++, {page_begin_, out_.text.size()}});
    page_begin_ = out_.text.size();
  }
  void Finish() {
    EndLine();
    if (out_.text.size() > page_begin_ || out_.pages.empty()) {
      out_.pages.push_back({number_, {page_begin_, out_.text.size()}});
    }
  }

 private:
  // Paragraphs are set apart by a blank line, as chunking expects of paragraphs.
  void EndLine() {
    if (out_.text.empty() || out_.text.size() == page_begin_ || out_.text.ends_with("\n\n")) return;
    out_.text += out_.text.back() == '\n' ? "\n" : "\n\n";
  }
  Document& out_;
  size_t page_begin_ = 0;
  int32_t number_ = 1;
};

void ReadProperties(zip_t* archive, Document& out) {
  const Result<std::string> core = ReadEntry(archive, "docProps/core.xml", 1 << 20);
  pugi::xml_document xml;
  if (!core.ok() || !xml.load_buffer(core->data(), core->size())) return;
  const pugi::xml_node properties = xml.child("cp:coreProperties");
  out.title = properties.child_value("dc:title");
  const std::string author = properties.child_value("dc:creator");
  if (!author.empty()) out.metadata["author"] = author;
}

}  // namespace

Result<Document> ExtractDocx(std::string_view bytes, const ExtractLimits& limits) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(bytes.data(), bytes.size(), 0, &error);
  std::unique_ptr<zip_t, Discard> archive;
  if (source != nullptr) {
    archive.reset(zip_open_from_source(source, ZIP_RDONLY, &error));
    if (archive == nullptr) zip_source_free(source);
  }
  const std::string why = zip_error_strerror(&error);
  zip_error_fini(&error);
  if (archive == nullptr) {
    return InvalidArgument("the file is not a readable DOCX (a zip archive): " + why,
                           Subject::kDocument);
  }
  if (zip_get_num_entries(archive.get(), 0) > kMaxEntries) {
    return ResourceExhausted("the DOCX file holds more than 10000 entries", Subject::kDocument);
  }
  VG_ASSIGN_OR_RETURN(std::string xml_text,
                      ReadEntry(archive.get(), "word/document.xml", limits.max_unpacked_bytes));
  pugi::xml_document xml;
  const pugi::xml_parse_result parsed = xml.load_buffer_inplace(
      xml_text.data(), xml_text.size(), pugi::parse_default | pugi::parse_ws_pcdata);
  if (!parsed) {
    return InvalidArgument(
        std::string("the DOCX file's word/document.xml is not XML: ") + parsed.description(),
        Subject::kDocument);
  }
  Document out;
  TextWalker walker(out);
  xml.traverse(walker);
  walker.Finish();
  VG_ASSIGN_OR_RETURN(const std::string checked, DecodeText(out.text));
  if (checked.size() != out.text.size()) {
    return InvalidArgument("the DOCX file's text is not UTF-8", Subject::kDocument);
  }
  ReadProperties(archive.get(), out);
  return out;
}

}  // namespace vecgate
