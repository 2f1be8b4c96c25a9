#include "sentences.h"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <fstream>
#include <set>

namespace vecgate::recall {
namespace {

namespace fs = std::filesystem;

constexpr size_t kShortest = 20;
constexpr size_t kLongest = 300;

std::vector<fs::path> TextFiles(const std::vector<std::string>& folders) {
  std::vector<fs::path> files;
  for (const std::string& folder : folders) {
    std::error_code error;
    const auto options = fs::directory_options::skip_permission_denied;
    for (fs::recursive_directory_iterator it(folder, options, error), end; !error && it != end;
         it.increment(error)) {
      if (it->path().extension() == ".txt" && it->is_regular_file(error)) {
        files.push_back(it->path());
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

/// Prose, not tables, options or code.
bool IsSentence(const std::string& text) {
  if (text.size() < kShortest || text.size() > kLongest) return false;
  const auto letters = std::count_if(text.begin(), text.end(), [](char c) {
    return c == ' ' || std::isalpha(static_cast<unsigned char>(c)) != 0;
  });
  return static_cast<size_t>(letters) * 10 > text.size() * 8 &&
         std::count(text.begin(), text.end(), ' ') >= 3;
}

/// Joins the lines of a paragraph and cuts it after ". ".
void AddSentences(const std::string& paragraph, std::set<std::string>& seen,
                  std::vector<std::string>& out) {
  size_t begin = 0;
  while (begin < paragraph.size()) {
    size_t end = paragraph.find(". ", begin);
    end = end == std::string::npos ? paragraph.size() : end + 1;
    std::string sentence = paragraph.substr(begin, end - begin);
    if (IsSentence(sentence) && seen.insert(sentence).second) out.push_back(std::move(sentence));
    begin = end + 1;
  }
}

}  // namespace

std::vector<std::string> CollectSentences(const std::vector<std::string>& folders, size_t most) {
  std::set<std::string> seen;
  std::vector<std::string> out;
  for (const fs::path& file : TextFiles(folders)) {
    std::ifstream in(file);
    std::string paragraph;
    for (std::string line; std::getline(in, line);) {
      const size_t text = line.find_first_not_of(" \t");
      if (text != std::string::npos) {
        paragraph += (paragraph.empty() ? "" : " ") + line.substr(text);
        continue;
      }
      AddSentences(paragraph, seen, out);
      paragraph.clear();
    }
    AddSentences(paragraph, seen, out);
    if (out.size() >= most) break;
  }
  if (out.size() > most) out.resize(most);
  return out;
}

}  // namespace vecgate::recall
