// A plain HTTP client over a socket, for the tests of this folder.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <string>

namespace vecgate {

struct TestAnswer {
  int status = 0;
  std::string head;
  std::string body;
  [[nodiscard]] nlohmann::json Json() const { return nlohmann::json::parse(body, nullptr, false); }
};

/// Connects to 127.0.0.1:`port`; -1 when that fails. Reads and writes give up after 20 s.
inline int ConnectTo(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const timeval limit{20, 0};
  setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
  setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof(limit));
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return fd;
  close(fd);
  return -1;
}

inline bool SendAll(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t put = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (put <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(put));
  }
  return true;
}

/// Sends `raw` as it is and reads until the server closes.
inline TestAnswer SendRaw(uint16_t port, const std::string& raw) {
  TestAnswer out;
  const int fd = ConnectTo(port);
  if (fd < 0) return out;
  SendAll(fd, raw);  // The server may refuse before all is sent; its answer counts.
  std::string got;
  char buffer[16384];
  for (ssize_t n = 0; (n = recv(fd, buffer, sizeof(buffer), 0)) > 0;)
    got.append(buffer, static_cast<size_t>(n));
  close(fd);
  const size_t end = got.find("\r\n\r\n");
  if (end == std::string::npos) return out;
  out.head = got.substr(0, end);
  out.body = got.substr(end + 4);
  out.status = std::stoi(out.head.substr(9, 3));
  return out;
}

inline TestAnswer Send(uint16_t port, const std::string& method, const std::string& target,
                       const std::string& body = "",
                       const std::string& content_type = "application/json",
                       const std::string& extra_headers = "") {
  std::string raw =
      method + " " + target + " HTTP/1.1\r\nHost: test\r\nConnection: close\r\n" + extra_headers;
  if (!body.empty() || method == "POST") {
    raw += "Content-Type: " + content_type + "\r\nContent-Length: " + std::to_string(body.size()) +
           "\r\n";
  }
  return SendRaw(port, raw + "\r\n" + body);
}

}  // namespace vecgate
