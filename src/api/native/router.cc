#include "api/native/router.h"

#include <optional>

namespace vecgate {
namespace {

std::vector<std::string> Segments(std::string_view path) {
  std::vector<std::string> out;
  while (!path.empty()) {
    path.remove_prefix(1);  // The '/'.
    const size_t end = std::min(path.find('/'), path.size());
    out.emplace_back(path.substr(0, end));
    path.remove_prefix(end);
  }
  return out;
}

// After the split, so that an escaped '/' is part of a segment.
std::vector<std::string> DecodedSegments(std::string_view path) {
  std::vector<std::string> out = Segments(path);
  for (std::string& segment : out) {
    Result<std::string> decoded = PercentDecode(segment, Plus::kLiteral);
    if (decoded.ok()) segment = std::move(*decoded);
  }
  return out;
}

std::optional<std::map<std::string, std::string>> MatchPattern(
    const std::vector<std::string>& pattern, const std::vector<std::string>& path) {
  std::map<std::string, std::string> parameters;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const std::string& want = pattern[i];
    if (want.ends_with("...}")) {
      std::string rest;
      for (size_t j = i; j < path.size(); ++j) rest += (j > i ? "/" : "") + path[j];
      parameters[want.substr(1, want.size() - 5)] = rest;
      return parameters;
    }
    if (i >= path.size()) return std::nullopt;
    if (want.starts_with('{')) {
      if (path[i].empty()) return std::nullopt;
      parameters[want.substr(1, want.size() - 2)] = path[i];
    } else if (want != path[i]) {
      return std::nullopt;
    }
  }
  if (path.size() != pattern.size()) return std::nullopt;
  return parameters;
}

}  // namespace

void Router::Add(Route route) { routes_.push_back(std::move(route)); }

Router::Match Router::Find(const std::string& method, const std::string& path) const {
  Match match;
  if (!path.starts_with('/')) return match;
  const std::vector<std::string> segments = DecodedSegments(path);
  for (const Route& route : routes_) {
    auto parameters = MatchPattern(Segments(route.pattern), segments);
    if (!parameters) continue;
    if (route.method == method) {
      match.route = &route;
      match.parameters = std::move(*parameters);
      return match;
    }
    match.allow += (match.allow.empty() ? "" : ", ") + route.method;
  }
  return match;
}

}  // namespace vecgate
