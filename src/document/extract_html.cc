#include <gumbo.h>

#include <memory>
#include <vector>

#include "document/extract.h"

namespace vecgate {
namespace {

// Memory of one parse, freed at once. Gumbo frees its tree by recursion, which a deeply nested page
// would turn into a stack overflow; with an arena it never has to.
class Arena {
 public:
  static void* Allocate(void* self, size_t size) { return static_cast<Arena*>(self)->Take(size); }
  static void Free(void* /*self*/, void* /*memory*/) {}

 private:
  void* Take(size_t size) {
    constexpr size_t kBlock = 1 << 20;
    size = (size + 15) & ~size_t{15};
    if (size > left_) {
      const size_t block = std::max(size, kBlock);
      blocks_.push_back(std::make_unique<char[]>(block));
      next_ = blocks_.back().get();
      left_ = block;
    }
    char* out = next_;
    next_ += size;
    left_ -= size;
    return out;
  }
  std::vector<std::unique_ptr<char[]>> blocks_;
  char* next_ = nullptr;
  size_t left_ = 0;
};

bool IsSkipped(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_SCRIPT:
    case GUMBO_TAG_STYLE:
    case GUMBO_TAG_NOSCRIPT:
    case GUMBO_TAG_TEMPLATE:
    case GUMBO_TAG_SVG:
    case GUMBO_TAG_MATH:
    case GUMBO_TAG_IFRAME:
    case GUMBO_TAG_OBJECT:
    case GUMBO_TAG_HEAD: return true;
    default: return false;
  }
}

bool IsParagraph(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_P:
    case GUMBO_TAG_H1:
    case GUMBO_TAG_H2:
    case GUMBO_TAG_H3:
    case GUMBO_TAG_H4:
    case GUMBO_TAG_H5:
    case GUMBO_TAG_H6:
    case GUMBO_TAG_PRE:
    case GUMBO_TAG_BLOCKQUOTE:
    case GUMBO_TAG_UL:
    case GUMBO_TAG_OL:
    case GUMBO_TAG_DL:
    case GUMBO_TAG_TABLE:
    case GUMBO_TAG_SECTION:
    case GUMBO_TAG_ARTICLE: return true;
    default: return false;
  }
}

bool IsLine(GumboTag tag) {
  switch (tag) {
    case GUMBO_TAG_DIV:
    case GUMBO_TAG_BR:
    case GUMBO_TAG_LI:
    case GUMBO_TAG_TR:
    case GUMBO_TAG_DT:
    case GUMBO_TAG_DD:
    case GUMBO_TAG_HR:
    case GUMBO_TAG_HEADER:
    case GUMBO_TAG_FOOTER:
    case GUMBO_TAG_NAV:
    case GUMBO_TAG_BODY: return true;
    default: return false;
  }
}

class TextWriter {
 public:
  void Text(std::string_view text, bool preformatted) {
    if (preformatted) {
      out_.append(text);
      return;
    }
    for (const char c : text) {
      if (c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f') {
        if (!out_.empty() && out_.back() != ' ' && out_.back() != '\n') out_ += ' ';
      } else {
        out_ += c;
      }
    }
  }
  /// Ends the line; `blank` leaves an empty line behind it.
  void Break(bool blank) {
    while (!out_.empty() && (out_.back() == ' ' || out_.back() == '\t')) out_.pop_back();
    if (out_.empty()) return;
    if (out_.back() != '\n') out_ += '\n';
    if (blank && !out_.ends_with("\n\n")) out_ += '\n';
  }
  std::string Take() { return std::move(out_); }

 private:
  std::string out_;
};

struct Visit {
  const GumboNode* node;
  bool preformatted;
  bool leaving;
};

// Iterative, because a hostile page nests deeper than any stack.
std::string TextOf(const GumboNode* root) {
  TextWriter out;
  std::vector<Visit> stack{{root, false, false}};
  while (!stack.empty()) {
    const Visit visit = stack.back();
    stack.pop_back();
    const GumboNode& node = *visit.node;
    if (node.type == GUMBO_NODE_TEXT || node.type == GUMBO_NODE_CDATA ||
        node.type == GUMBO_NODE_WHITESPACE) {
      out.Text(node.v.text.text, visit.preformatted);
      continue;
    }
    if (node.type != GUMBO_NODE_ELEMENT) continue;
    const GumboTag tag = node.v.element.tag;
    if (IsSkipped(tag)) continue;
    if (IsParagraph(tag) || IsLine(tag)) out.Break(IsParagraph(tag));
    if (visit.leaving) continue;
    if (tag == GUMBO_TAG_TD || tag == GUMBO_TAG_TH) out.Text(" ", false);
    const bool preformatted = visit.preformatted || tag == GUMBO_TAG_PRE;
    stack.push_back({visit.node, visit.preformatted, true});
    const GumboVector& children = node.v.element.children;
    for (unsigned i = children.length; i > 0; --i) {
      stack.push_back({static_cast<const GumboNode*>(children.data[i - 1]), preformatted, false});
    }
  }
  return out.Take();
}

std::string TitleOf(const GumboNode* root) {
  if (root->type != GUMBO_NODE_ELEMENT) return {};
  const GumboVector& top = root->v.element.children;
  for (unsigned i = 0; i < top.length; ++i) {
    const auto* head = static_cast<const GumboNode*>(top.data[i]);
    if (head->type != GUMBO_NODE_ELEMENT || head->v.element.tag != GUMBO_TAG_HEAD) continue;
    const GumboVector& children = head->v.element.children;
    for (unsigned c = 0; c < children.length; ++c) {
      const auto* title = static_cast<const GumboNode*>(children.data[c]);
      if (title->type != GUMBO_NODE_ELEMENT || title->v.element.tag != GUMBO_TAG_TITLE) continue;
      const GumboVector& texts = title->v.element.children;
      if (texts.length == 0) return {};
      const auto* text = static_cast<const GumboNode*>(texts.data[0]);
      if (text->type != GUMBO_NODE_TEXT) return {};
      TextWriter out;
      out.Text(text->v.text.text, false);
      out.Break(false);
      std::string line = out.Take();
      if (!line.empty()) line.pop_back();
      return line;
    }
  }
  return {};
}

}  // namespace

Result<Document> ExtractHtml(std::string_view bytes, const ExtractLimits& limits) {
  VG_ASSIGN_OR_RETURN(const std::string html, DecodeText(bytes));
  if (html.size() > limits.max_unpacked_bytes) {
    return ResourceExhausted("the HTML page has " + std::to_string(html.size()) +
                                 " bytes; at most " + std::to_string(limits.max_unpacked_bytes) +
                                 " are allowed",
                             Subject::kDocument);
  }
  Arena arena;
  GumboOptions options = kGumboDefaultOptions;
  options.allocator = Arena::Allocate;
  options.deallocator = Arena::Free;
  options.userdata = &arena;
  options.max_errors = 0;
  const GumboOutput* parsed = gumbo_parse_with_options(&options, html.data(), html.size());
  Document out;
  out.text = TextOf(parsed->root);
  out.title = TitleOf(parsed->root);
  // Character references can name anything; what is not valid UTF-8 afterwards is refused here.
  VG_ASSIGN_OR_RETURN(out.text, DecodeText(out.text));
  out.pages.push_back({1, {0, out.text.size()}});
  return out;
}

}  // namespace vecgate
