#include "app/http_client.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace vecgate::app {
namespace {

constexpr long kConnectTimeoutMs = 5'000;
constexpr long kTotalTimeoutMs = 120'000;

size_t Append(char* data, size_t size, size_t count, void* out) {
  static_cast<std::string*>(out)->append(data, size * count);
  return size * count;
}

}  // namespace

HttpClient::HttpClient(std::string base_url) : base_url_(std::move(base_url)) {}

Result<HttpReply> HttpClient::Get(const std::string& path) { return Send(path, nullptr); }

Result<HttpReply> HttpClient::PostJson(const std::string& path, const std::string& json) {
  const Body body{.json = json};
  return Send(path, &body);
}

Result<HttpReply> HttpClient::Delete(const std::string& path) {
  const Body body{.method = "DELETE"};
  return Send(path, &body);
}

Result<HttpReply> HttpClient::PostFile(const std::string& path, const std::string& file,
                                       const std::string& document) {
  const Body body{.file = file, .document = document};
  return Send(path, &body);
}

Result<HttpReply> HttpClient::Send(const std::string& path, const Body* body) {
  const std::unique_ptr<CURL, void (*)(CURL*)> curl(curl_easy_init(), curl_easy_cleanup);
  if (curl == nullptr) return Internal("libcurl could not be started");
  const std::string url = base_url_ + path;
  HttpReply reply;
  curl_easy_setopt(curl.get(), CURLOPT_URL, url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_CONNECTTIMEOUT_MS, kConnectTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, kTotalTimeoutMs);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROXY, "*");
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, Append);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &reply.body);
  const std::unique_ptr<curl_mime, void (*)(curl_mime*)> form(
      body != nullptr && !body->file.empty() ? curl_mime_init(curl.get()) : nullptr,
      curl_mime_free);
  curl_slist* raw_headers = nullptr;
  if (form != nullptr) {
    curl_mimepart* part = curl_mime_addpart(form.get());
    curl_mime_name(part, "file");
    curl_mime_filedata(part, body->file.c_str());
    curl_mimepart* name = curl_mime_addpart(form.get());
    curl_mime_name(name, "document");
    curl_mime_data(name, body->document.c_str(), CURL_ZERO_TERMINATED);
    curl_easy_setopt(curl.get(), CURLOPT_MIMEPOST, form.get());
  } else if (body != nullptr) {
    raw_headers = curl_slist_append(nullptr, "Content-Type: application/json");
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, raw_headers);
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE_LARGE,
                     static_cast<curl_off_t>(body->json.size()));
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body->json.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_CUSTOMREQUEST, body->method);
  }
  const std::unique_ptr<curl_slist, void (*)(curl_slist*)> headers(raw_headers,
                                                                   curl_slist_free_all);
  const CURLcode code = curl_easy_perform(curl.get());
  if (code != CURLE_OK) {
    return Unavailable(
        fmt::format("{}: {}. Is `vecgate serve` running there? Name another server with --server",
                    url, curl_easy_strerror(code)));
  }
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  reply.status = static_cast<int>(status);
  return reply;
}

}  // namespace vecgate::app
