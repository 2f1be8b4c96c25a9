#include "document/extract.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include "base/rng.h"
#include "document/extract_child.h"
#include "document/extract_frame.h"

namespace vecgate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Result<Document> Get(DocumentFormat format, std::string_view bytes) {
  return Extract(format, bytes, {});
}

ExtractChildOptions ChildOptions() {
  ExtractChildOptions options;
  options.executable = VECGATE_EXTRACT_WORKER;
  return options;
}

// A zip archive of these entries, in memory.
std::string Zip(const std::vector<std::pair<std::string, std::string>>& entries) {
  zip_error_t error;
  zip_error_init(&error);
  zip_source_t* source = zip_source_buffer_create(nullptr, 0, 0, &error);
  zip_source_keep(source);
  zip_t* archive = zip_open_from_source(source, ZIP_TRUNCATE, &error);
  for (const auto& [name, content] : entries) {
    zip_source_t* file = zip_source_buffer(archive, content.data(), content.size(), 0);
    zip_file_add(archive, name.c_str(), file, 0);
  }
  zip_close(archive);
  zip_source_open(source);
  zip_source_seek(source, 0, SEEK_END);
  std::string out(static_cast<size_t>(zip_source_tell(source)), '\0');
  zip_source_seek(source, 0, SEEK_SET);
  zip_source_read(source, out.data(), out.size());
  zip_source_close(source);
  zip_source_free(source);
  return out;
}

std::string Docx(const std::string& body) {
  return Zip({{"word/document.xml", "<?xml version=\"1.0\"?><w:document xmlns:w=\"w\"><w:body>" +
                                        body + "</w:body></w:document>"},
              {"docProps/core.xml",
               "<cp:coreProperties xmlns:cp=\"a\" xmlns:dc=\"b\"><dc:title>My title</dc:title>"
               "<dc:creator>Ann</dc:creator></cp:coreProperties>"}});
}

// The smallest PDF with one page a text.
std::string Pdf(const std::vector<std::string>& pages) {
  std::vector<std::string> objects{"<</Type/Catalog/Pages 2 0 R>>", ""};
  std::string kids;
  for (const std::string& text : pages) {
    const std::string stream = "BT /F1 12 Tf 50 700 Td (" + text + ") Tj ET";
    const size_t page = objects.size() + 1;
    kids += std::to_string(page) + " 0 R ";
    objects.push_back(
        "<</Type/Page/Parent 2 0 R/MediaBox[0 0 612 792]/Contents " + std::to_string(page + 1) +
        " 0 R/Resources<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>>>");
    objects.push_back("<</Length " + std::to_string(stream.size()) + ">>\nstream\n" + stream +
                      "\nendstream");
  }
  objects[1] = "<</Type/Pages/Kids[" + kids + "]/Count " + std::to_string(pages.size()) + ">>";
  std::string out = "%PDF-1.4\n";
  std::string table = "0000000000 65535 f \n";
  for (size_t i = 0; i < objects.size(); ++i) {
    char line[32];
    snprintf(line, sizeof(line), "%010zu 00000 n \n", out.size());
    table += line;
    out += std::to_string(i + 1) + " 0 obj\n" + objects[i] + "\nendobj\n";
  }
  const std::string count = std::to_string(objects.size() + 1);
  const size_t start = out.size();
  return out + "xref\n0 " + count + "\n" + table + "trailer\n<</Size " + count +
         "/Root 1 0 R>>\nstartxref\n" + std::to_string(start) + "\n%%EOF\n";
}

TEST(ExtractTest, PlainTextInManyEncodings) {
  EXPECT_EQ(Get(DocumentFormat::kTxt, "plain").value().text, "plain");
  EXPECT_EQ(Get(DocumentFormat::kTxt, "\xEF\xBB\xBFGr\xC3\xBC\xC3\x9F").value().text, "Grüß");
  EXPECT_EQ(Get(DocumentFormat::kTxt, std::string("\xFF\xFEh\0i\0", 6)).value().text, "hi");
  EXPECT_THAT(Get(DocumentFormat::kTxt,
                  "Stra\xDF"
                  "e und Gr\xFC\xDF"
                  "e aus K\xF6ln, sch\xF6n")
                  .value()
                  .text,
              HasSubstr("Straße"));
  EXPECT_EQ(Get(DocumentFormat::kTxt, std::string("a\0b", 3)).error().code, Code::kInvalidArgument);
  EXPECT_EQ(Get(DocumentFormat::kTxt, "").value().pages.size(), 1U);
}

TEST(ExtractTest, FormFeedsMakePages) {
  const Document document = Get(DocumentFormat::kTxt, "one\ftwo\fthree").value();
  ASSERT_EQ(document.pages.size(), 3U);
  EXPECT_EQ(PageAt(document.pages, document.text.find("two")), 2);
  EXPECT_EQ(PageAt(document.pages, document.text.find("three")), 3);
}

TEST(ExtractTest, MarkdownHasATitle) {
  EXPECT_EQ(Get(DocumentFormat::kMarkdown, "intro\n# The title\ntext").value().title, "The title");
}

TEST(ExtractTest, HtmlKeepsTextAndDropsCode) {
  const Document document =
      Get(DocumentFormat::kHtml,
          "<html><head><title> A\n page </title><style>p{}</style></head><body><h1>Head</h1>"
          "<script>alert('x')</script><p>One &amp; two<br>three</p><ul><li>a<li>b</ul>"
          "<pre>x  y\n z</pre><table><tr><td>1<td>2</table></body></html>")
          .value();
  EXPECT_EQ(document.title, "A page");
  EXPECT_THAT(document.text, HasSubstr("Head\n\nOne & two\nthree\n"));
  EXPECT_THAT(document.text, HasSubstr("x  y\n z"));
  EXPECT_THAT(document.text, HasSubstr("a\nb"));
  EXPECT_THAT(document.text, HasSubstr("1 2"));
  EXPECT_THAT(document.text, Not(HasSubstr("alert")));
  EXPECT_THAT(document.text, Not(HasSubstr("p{}")));
}

TEST(ExtractTest, DocxKeepsParagraphsTablesAndPages) {
  const Document document =
      Get(DocumentFormat::kDocx, Docx("<w:p><w:r><w:t>First</w:t></w:r><w:r><w:t "
                                      "xml:space=\"preserve\"> part</w:t></w:r></w:p>"
                                      "<w:p><w:r><w:delText>gone</w:delText><w:br "
                                      "w:type=\"page\"/><w:t>Second</w:t></w:r></w:p>"))
          .value();
  EXPECT_EQ(document.title, "My title");
  EXPECT_EQ(document.metadata.at("author"), "Ann");
  EXPECT_THAT(document.text, HasSubstr("First part\n\n"));
  EXPECT_THAT(document.text, Not(HasSubstr("gone")));
  EXPECT_EQ(PageAt(document.pages, document.text.find("Second")), 2);
}

TEST(ExtractTest, PdfHasPages) {
  const Document document =
      Get(DocumentFormat::kPdf, Pdf({"Hello page one", "And page two"})).value();
  ASSERT_EQ(document.pages.size(), 2U);
  EXPECT_THAT(document.text, HasSubstr("Hello page one"));
  EXPECT_EQ(PageAt(document.pages, document.text.find("page two")), 2);
}

TEST(ExtractTest, WrongBytesAreErrorsNotCrashes) {
  for (const DocumentFormat format : {DocumentFormat::kPdf, DocumentFormat::kDocx}) {
    EXPECT_EQ(Get(format, "").error().code, Code::kInvalidArgument);
    EXPECT_EQ(Get(format, "certainly not").error().code, Code::kInvalidArgument);
  }
  EXPECT_FALSE(Get(DocumentFormat::kDocx, Zip({{"other.xml", "<a/>"}})).ok());
  EXPECT_FALSE(Get(DocumentFormat::kDocx, Zip({{"word/document.xml", "<a"}})).ok());
  EXPECT_FALSE(FormatFromFileName("a.exe").ok());
  EXPECT_EQ(FormatFromFileName("A.PDF").value(), DocumentFormat::kPdf);
}

TEST(ExtractTest, AZipBombIsStoppedAtTheLimit) {
  const std::string bomb =
      Docx("<w:p><w:r><w:t>" + std::string(64 << 20, 'a') + "</w:t></w:r></w:p>");
  EXPECT_LT(bomb.size(), 1U << 20);
  const auto stopped = Extract(DocumentFormat::kDocx, bomb, {.max_unpacked_bytes = 1 << 20});
  EXPECT_EQ(stopped.error().code, Code::kResourceExhausted);
}

TEST(ExtractTest, DamagedFilesNeverCrash) {
  constexpr uint64_t kSeed = 99;
  Rng rng(kSeed);
  const std::string pdf = Pdf({"one", "two", "three"});
  const std::string docx = Docx("<w:p><w:r><w:t>text</w:t></w:r></w:p>");
  for (int round = 0; round < 150; ++round) {
    SCOPED_TRACE("seed " + std::to_string(kSeed) + " round " + std::to_string(round));
    for (const auto& [format, whole] :
         {std::pair{DocumentFormat::kPdf, pdf}, std::pair{DocumentFormat::kDocx, docx}}) {
      std::string bytes = whole.substr(0, rng.Below(whole.size()));
      for (int i = 0; i < 3 && !bytes.empty(); ++i)
        bytes[rng.Below(bytes.size())] ^= static_cast<char>(1 + rng.Below(255));
      static_cast<void>(Get(format, bytes));
    }
  }
}

TEST(ExtractChildTest, GivesWhatExtractGives) {
  const std::string pdf = Pdf({"Hello", "World"});
  const Document inside = Get(DocumentFormat::kPdf, pdf).value();
  const Result<Document> child = ExtractInChild({}, DocumentFormat::kPdf, pdf, ChildOptions());
  ASSERT_TRUE(child.ok()) << child.error().message;
  EXPECT_EQ(child->text, inside.text);
  EXPECT_EQ(child->pages.size(), 2U);
  EXPECT_EQ(ExtractInChild({}, DocumentFormat::kPdf, "no", ChildOptions()).error().code,
            Code::kInvalidArgument);
}

TEST(ExtractChildTest, DeepHtmlEndsWithinItsBounds) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "<div>";
  deep += "bottom";
  ExtractChildOptions options = ChildOptions();
  options.cpu_seconds = 5;
  options.wall_time = std::chrono::seconds(20);
  const Result<Document> result = ExtractInChild({}, DocumentFormat::kHtml, deep, options);
  if (result.ok()) {
    EXPECT_THAT(result->text, HasSubstr("bottom"));
  } else {
    EXPECT_EQ(result.error().code, Code::kResourceExhausted) << result.error().message;
  }
}

TEST(ExtractChildTest, IsKilledAtTheWallClock) {
  std::string deep;
  for (int i = 0; i < 400'000; ++i) deep += "<b><p>";
  ExtractChildOptions options = ChildOptions();
  options.wall_time = std::chrono::milliseconds(300);
  const auto before = std::chrono::steady_clock::now();
  EXPECT_EQ(ExtractInChild({}, DocumentFormat::kHtml, deep, options).error().code,
            Code::kResourceExhausted);
  EXPECT_LT(std::chrono::steady_clock::now() - before, std::chrono::seconds(5));
}

TEST(ExtractChildTest, StopsWhenCancelled) {
  const std::atomic<bool> cancelled{true};
  OpContext context;
  context.cancelled = &cancelled;
  EXPECT_EQ(ExtractInChild(context, DocumentFormat::kTxt, "x", ChildOptions()).error().code,
            Code::kCancelled);
}

TEST(ExtractChildTest, AMissingOrCrashingProgramIsAnError) {
  ExtractChildOptions options = ChildOptions();
  options.executable = "/nonexistent";
  EXPECT_EQ(ExtractInChild({}, DocumentFormat::kTxt, "x", options).error().code,
            Code::kUnavailable);
  options.executable = "/bin/false";
  EXPECT_EQ(ExtractInChild({}, DocumentFormat::kTxt, "x", options).error().code,
            Code::kInvalidArgument);
  options.executable = "/bin/true";
  EXPECT_EQ(ExtractInChild({}, DocumentFormat::kTxt, "x", options).error().code, Code::kDataLoss);
}

TEST(ExtractFrameTest, OnlyWholeFramesAreTaken) {
  Document document;
  document.text = "some text";
  document.pages = {{1, {0, 4}}, {2, {4, 9}}};
  document.metadata["author"] = "Ann";
  const std::string frame = EncodeExtractFrame(document);
  EXPECT_EQ(DecodeExtractFrame(frame).value().metadata.at("author"), "Ann");
  for (size_t cut = 0; cut < frame.size(); ++cut) {
    EXPECT_FALSE(DecodeExtractFrame(frame.substr(0, cut)).ok()) << cut;
  }
  for (size_t at = 0; at < frame.size(); ++at) {
    std::string changed = frame;
    changed[at] ^= 0x40;
    static_cast<void>(DecodeExtractFrame(changed));
  }
  EXPECT_EQ(DecodeExtractFrame(EncodeExtractFrame(NotFound("gone"))).error().code, Code::kNotFound);
}

}  // namespace
}  // namespace vecgate
