// Router: which handler answers which method and path, and what it accepts.
//
// Thread safety: built first, then const.
#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "api/native/http.h"

namespace vecgate {

using HttpHandler = std::function<HttpResponse(const HttpRequest&)>;

struct Route {
  std::string method;
  /// Segments; "{name}" matches any one segment, "{name...}" at the end all that follow.
  std::string pattern;
  HttpHandler handler;
  /// Bodies beyond this are refused with 413 before they are read.
  size_t max_body_bytes = 1 << 20;
  /// Media types accepted for a body; others are refused with 415. Empty: any.
  std::set<std::string> content_types;
  std::chrono::milliseconds timeout{30'000};
};

class Router {
 public:
  void Add(Route route);

  struct Match {
    const Route* route = nullptr;  // null: no such path, or not with this method
    std::map<std::string, std::string> parameters;
    /// When the path exists with other methods: "GET, DELETE".
    std::string allow;
  };
  /// `path` as it came, still percent-encoded.
  [[nodiscard]] Match Find(const std::string& method, const std::string& path) const;
  [[nodiscard]] const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace vecgate
