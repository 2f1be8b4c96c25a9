#include "engine/conformance/tcp_gate.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <string>

namespace vecgate::conformance {
namespace {

using Mode = TcpGate::Mode;
using Direction = TcpGate::Direction;

/// A socket that is closed at the end.
class Socket {
 public:
  explicit Socket(int handle) : handle_(handle) {}
  ~Socket() { ::close(handle_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;

  [[nodiscard]] int handle() const { return handle_; }
  void Send(const std::string& text) const {
    ::send(handle_, text.data(), text.size(), MSG_NOSIGNAL);
  }
  /// Whether anything, an end too, arrives within `limit_ms`.
  [[nodiscard]] bool Readable(int limit_ms) const {
    pollfd readable{handle_, POLLIN, 0};
    return ::poll(&readable, 1, limit_ms) == 1;
  }
  /// Up to `size` bytes, fewer when the connection ends before.
  [[nodiscard]] std::string Read(size_t size) const {
    std::string out;
    std::array<char, 256> chunk{};
    while (out.size() < size && Readable(10'000)) {
      const ssize_t got =
          ::recv(handle_, chunk.data(), std::min(chunk.size(), size - out.size()), 0);
      if (got <= 0) break;
      out.append(chunk.data(), static_cast<size_t>(got));
    }
    return out;
  }

 private:
  int handle_;
};

sockaddr_in Loopback(uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  out.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return out;
}

/// A server that the test itself plays, and a gate before it.
class TcpGateTest : public ::testing::Test {
 protected:
  void SetUp() override {
    sockaddr_in address = Loopback(0);
    socklen_t size = sizeof(address);
    ASSERT_EQ(::bind(server_.handle(), reinterpret_cast<sockaddr*>(&address), size), 0);
    ASSERT_EQ(::listen(server_.handle(), 8), 0);
    ASSERT_EQ(::getsockname(server_.handle(), reinterpret_cast<sockaddr*>(&address), &size), 0);
    auto gate = TcpGate::Open("127.0.0.1", ntohs(address.sin_port));
    ASSERT_TRUE(gate.ok()) << gate.error().message;
    gate_ = std::move(*gate);
  }

  [[nodiscard]] std::unique_ptr<Socket> Connect() const {
    auto out = std::make_unique<Socket>(::socket(AF_INET, SOCK_STREAM, 0));
    const sockaddr_in address = Loopback(gate_->port());
    EXPECT_EQ(
        ::connect(out->handle(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)), 0);
    return out;
  }
  [[nodiscard]] std::unique_ptr<Socket> Accept() const {
    EXPECT_TRUE(server_.Readable(10'000));
    return std::make_unique<Socket>(::accept(server_.handle(), nullptr, nullptr));
  }

  Socket server_{::socket(AF_INET, SOCK_STREAM, 0)};
  std::unique_ptr<TcpGate> gate_;
};

TEST_F(TcpGateTest, CarriesBothWays) {
  const auto client = Connect();
  const auto served = Accept();
  client->Send("question");
  EXPECT_EQ(served->Read(8), "question");
  served->Send("answer");
  EXPECT_EQ(client->Read(6), "answer");
}

TEST_F(TcpGateTest, CutsAfterSoManyBytes) {
  const auto client = Connect();
  const auto served = Accept();
  gate_->CutAfter(Direction::kToServer, 5);
  client->Send("question");
  EXPECT_EQ(client->Read(1), "");
  EXPECT_LE(served->Read(8).size(), 5U);
  EXPECT_EQ(gate_->cuts(), 1U);
  // Once: the next connection is whole.
  const auto again = Connect();
  const auto served_again = Accept();
  again->Send("question");
  EXPECT_EQ(served_again->Read(8), "question");
}

TEST_F(TcpGateTest, StallsAndGoesOn) {
  const auto client = Connect();
  const auto served = Accept();
  gate_->SetMode(Mode::kStall);
  client->Send("late");
  EXPECT_FALSE(served->Readable(50));
  gate_->SetMode(Mode::kPass);
  EXPECT_EQ(served->Read(4), "late");
}

TEST_F(TcpGateTest, RefusesAndCuts) {
  const auto client = Connect();
  const auto served = Accept();
  gate_->CutAll();
  EXPECT_EQ(client->Read(1), "");
  EXPECT_EQ(gate_->connections(), 0U);
  gate_->SetMode(Mode::kRefuse);
  EXPECT_EQ(Connect()->Read(1), "");
  EXPECT_FALSE(server_.Readable(50));
}

}  // namespace
}  // namespace vecgate::conformance
