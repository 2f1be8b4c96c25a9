#include "spec_file.h"

#include <fmt/format.h>

#include <fstream>
#include <sstream>

namespace vecgate::spec {
namespace {

constexpr std::string_view kDivider = "----";

std::vector<std::string> Words(const std::string& line) {
  std::istringstream in(line);
  std::vector<std::string> out;
  for (std::string word; in >> word;) out.push_back(word);
  return out;
}

/// The lines of one directive, without blank ones around it.
struct Block {
  size_t line = 0;
  std::vector<std::string> lines;
};

std::vector<Block> Blocks(std::istream& in) {
  std::vector<Block> out;
  Block block;
  size_t number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.starts_with("#")) continue;
    if (line.empty()) {
      if (!block.lines.empty()) out.push_back(std::move(block));
      block = {};
      continue;
    }
    if (block.lines.empty()) block.line = number;
    block.lines.push_back(line);
  }
  if (!block.lines.empty()) out.push_back(std::move(block));
  return out;
}

Result<Directive> ParseBlock(const Block& block) {
  Directive out;
  out.line = block.line;
  out.words = Words(block.lines.front());
  if (out.words.front() == "error") {
    out.must_fail = true;
    out.words.erase(out.words.begin());
  }
  if (out.words.empty()) return InvalidArgument("'error' without a directive");
  bool divided = false;
  for (size_t i = 1; i < block.lines.size(); ++i) {
    if (divided) {
      out.expected.push_back(block.lines[i]);
    } else if (block.lines[i] == kDivider) {
      divided = true;
    } else {
      Json payload = Json::parse(block.lines[i], nullptr, false);
      if (payload.is_discarded()) {
        return InvalidArgument(fmt::format("payload is not JSON: {}", block.lines[i]));
      }
      out.payload.push_back(std::move(payload));
    }
  }
  if (!divided) return InvalidArgument("a directive without '----'");
  return out;
}

}  // namespace

Result<std::vector<Directive>> ReadSpec(const std::filesystem::path& file) {
  std::ifstream in(file);
  if (!in) return InvalidArgument(fmt::format("{}: cannot be read", file.string()));
  std::vector<Directive> out;
  for (const Block& block : Blocks(in)) {
    auto directive = ParseBlock(block);
    if (!directive.ok()) {
      return directive.error().Within(fmt::format("{}:{}", file.string(), block.line));
    }
    out.push_back(std::move(*directive));
  }
  return out;
}

}  // namespace vecgate::spec
