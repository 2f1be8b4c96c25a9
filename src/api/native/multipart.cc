#include "api/native/multipart.h"

#include <optional>

namespace vecgate {
namespace {

Error Broken(const std::string& what) { return InvalidArgument("multipart body: " + what); }

std::string Lower(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return out;
}

std::string_view TrimSpace(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The value of `name` among "type; a=b; c=\"d\"". Quoted values may hold \" and \\.
std::optional<std::string> Parameter(std::string_view header, std::string_view name) {
  size_t at = header.find(';');
  while (at != std::string_view::npos && at < header.size()) {
    const size_t equals = header.find('=', ++at);
    if (equals == std::string_view::npos) return std::nullopt;
    const std::string key = Lower(TrimSpace(header.substr(at, equals - at)));
    std::string value;
    at = equals + 1;
    if (at < header.size() && header[at] == '"') {
      for (++at; at < header.size() && header[at] != '"'; ++at) {
        const bool escaped = header[at] == '\\' && at + 1 < header.size() &&
                             (header[at + 1] == '"' || header[at + 1] == '\\');
        if (escaped) ++at;
        value += header[at];
      }
      at = header.find(';', at);
    } else {
      const size_t end = std::min(header.find(';', at), header.size());
      value = TrimSpace(header.substr(at, end - at));
      at = end;
    }
    if (key == name) return value;
  }
  return std::nullopt;
}

}  // namespace

Result<MultipartParser> MultipartParser::ForContentType(std::string_view content_type) {
  const std::optional<std::string> boundary = Parameter(content_type, "boundary");
  if (!boundary || boundary->empty() || boundary->size() > 70 ||
      boundary->find_first_of("\r\n") != std::string::npos) {
    return Broken("its Content-Type has no boundary of 1 to 70 characters");
  }
  return MultipartParser(*boundary);
}

Status MultipartParser::Feed(std::string_view bytes) {
  pending_.append(bytes);
  while (true) {
    Result<bool> moved = false;
    switch (state_) {
      case State::kPreamble: moved = SkipPreamble(); break;
      case State::kAfterBoundary: moved = ReadAfterBoundary(); break;
      case State::kHeaders: moved = ReadHeaders(); break;
      case State::kBody: moved = ReadBody(); break;
      case State::kEpilogue:
        pending_.clear();  // RFC 2046: whatever follows the closing boundary is ignored.
        break;
    }
    if (!moved.ok()) return moved.error();
    if (!*moved) return Ok();
  }
}

bool MultipartParser::SkipPreamble() {
  const size_t found = pending_.find(delimiter_);
  if (found == std::string::npos) {
    if (pending_.size() >= delimiter_.size())
      pending_.erase(0, pending_.size() - delimiter_.size() + 1);
    return false;
  }
  pending_.erase(0, found + delimiter_.size());
  state_ = State::kAfterBoundary;
  return true;
}

Result<bool> MultipartParser::ReadAfterBoundary() {
  if (pending_.size() < 2) return false;
  if (pending_.starts_with("--")) {
    state_ = State::kEpilogue;
    return true;
  }
  const size_t end = pending_.find("\r\n");
  if (end == std::string::npos && pending_.size() < 128) return false;
  // RFC 2046 allows white space between a boundary and its line end, nothing else.
  if (end == std::string::npos || !TrimSpace(std::string_view(pending_).substr(0, end)).empty()) {
    return Broken("a boundary is followed by something else than a line end");
  }
  if (parts_.size() == kMaxParts) {
    return ResourceExhausted("multipart body: more than " + std::to_string(kMaxParts) + " parts");
  }
  // The line end stays: a part without headers is "\r\n\r\n" right after its boundary.
  pending_.erase(0, end);
  parts_.emplace_back();
  state_ = State::kHeaders;
  return true;
}

Result<bool> MultipartParser::ReadHeaders() {
  const size_t end = pending_.find("\r\n\r\n");
  if (end == std::string::npos ? pending_.size() > kMaxHeaderBytes : end > kMaxHeaderBytes) {
    return ResourceExhausted("multipart body: the headers of a part exceed " +
                             std::to_string(kMaxHeaderBytes) + " bytes");
  }
  if (end == std::string::npos) return false;
  VG_RETURN_IF_ERROR(ParseHeaders(std::string_view(pending_).substr(0, end)));
  // The last line end stays, so that an empty body's boundary is found like any other; ReadBody
  // takes it off again.
  pending_.erase(0, end + 2);
  state_ = State::kBody;
  return true;
}

Status MultipartParser::ParseHeaders(std::string_view block) {
  MultipartPart& part = parts_.back();
  while (!block.empty()) {
    if (block.starts_with("\r\n")) block.remove_prefix(2);
    const std::string_view line = block.substr(0, block.find("\r\n"));
    block.remove_prefix(line.size());
    const size_t colon = line.find(':');
    if (line.empty()) continue;
    if (colon == std::string_view::npos) return Broken("a part has a header line without ':'");
    const std::string name = Lower(line.substr(0, colon));
    const std::string_view value = TrimSpace(line.substr(colon + 1));
    if (name == "content-disposition") {
      part.name = Parameter(value, "name").value_or("");
      part.file_name = Parameter(value, "filename").value_or("");
    } else if (name == "content-type") {
      part.content_type = value;
    }
  }
  if (part.name.empty()) return Broken("a part has no Content-Disposition with a name");
  return Ok();
}

bool MultipartParser::ReadBody() {
  const size_t found = pending_.find(delimiter_);
  // What may still be the beginning of a delimiter stays for the next bytes.
  const size_t sure = found != std::string::npos ? found
                      : pending_.size() < delimiter_.size()
                          ? 0
                          : pending_.size() - delimiter_.size() + 1;
  parts_.back().data.append(pending_, 0, sure);
  pending_.erase(0, sure);
  if (found == std::string::npos) return false;
  pending_.erase(0, delimiter_.size());
  // The line end between headers and body came along in front of the content.
  std::string& data = parts_.back().data;
  if (data.starts_with("\r\n")) data.erase(0, 2);
  state_ = State::kAfterBoundary;
  return true;
}

Result<std::vector<MultipartPart>> MultipartParser::Finish() {
  if (state_ != State::kEpilogue) return Broken("it ends before its closing boundary");
  return std::move(parts_);
}

}  // namespace vecgate
