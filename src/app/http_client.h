// HttpClient: the CLI's way to a running server. libcurl is named in http_client.cc only.
//
// Thread safety: one thread at a time.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace vecgate::app {

struct HttpReply {
  int status = 0;
  std::string body;
};

class HttpClient {
 public:
  /// `base_url` such as "http://127.0.0.1:9091".
  explicit HttpClient(std::string base_url);

  Result<HttpReply> Get(const std::string& path);
  Result<HttpReply> PostJson(const std::string& path, const std::string& json);
  Result<HttpReply> Delete(const std::string& path);
  /// multipart/form-data with the file's bytes as the part "file", named `document`.
  Result<HttpReply> PostFile(const std::string& path, const std::string& file,
                             const std::string& document);

 private:
  struct Body {
    const char* method = "POST";
    std::string json;
    std::string file;
    std::string document;
  };
  Result<HttpReply> Send(const std::string& path, const Body* body);

  std::string base_url_;
};

}  // namespace vecgate::app
