#include "engine/conformance/tcp_gate.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <list>
#include <string_view>
#include <utility>
#include <vector>

namespace vecgate::conformance {
namespace {

constexpr size_t kChunkBytes = 64 << 10;

sockaddr_in AddressOf(const std::string& host, uint16_t port) {
  sockaddr_in out{};
  out.sin_family = AF_INET;
  out.sin_port = htons(port);
  ::inet_pton(AF_INET, host.c_str(), &out.sin_addr);
  return out;
}

const sockaddr* Generic(const sockaddr_in& address) {
  return reinterpret_cast<const sockaddr*>(&address);
}

/// The other end learns of it by a reset, as when a host goes down.
void Reset(int handle) {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  ::setsockopt(handle, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
  ::close(handle);
}

/// One way of one connection: at most a chunk is held, and read only when none is.
struct Way {
  int from = -1;
  int to = -1;
  std::string held;
  bool ended = false;

  [[nodiscard]] short FromEvents() const {
    return held.empty() && !ended ? static_cast<short>(POLLIN) : short{0};
  }
  [[nodiscard]] short ToEvents() const {
    return held.empty() ? short{0} : static_cast<short>(POLLOUT);
  }
};

struct Connection {
  std::array<Way, 2> ways;  // By direction: [0] from the client to the server.
  [[nodiscard]] int client() const { return ways[0].from; }
  [[nodiscard]] int server() const { return ways[0].to; }
};

}  // namespace

class TcpGate::Loop {
 public:
  Loop(TcpGate& gate, int listener, sockaddr_in target)
      : gate_(gate), listener_(listener), target_(target) {}
  ~Loop() {
    while (!connections_.empty()) Cut(connections_.begin());
    ::close(listener_);
  }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  void Run() {
    while (Obey()) Carry();
  }

 private:
  using Connections = std::list<Connection>;

  Connections::iterator Cut(Connections::iterator connection) {
    Reset(connection->client());
    Reset(connection->server());
    return connections_.erase(connection);
  }

  /// Carries out what was ordered since; false when it was to stop.
  bool Obey() {
    const auto orders = gate_.orders_.Lock();
    mode_ = orders->mode;
    if (std::exchange(orders->cut_all, false) || mode_ == Mode::kRefuse) {
      while (!connections_.empty()) Cut(connections_.begin());
    }
    orders->connections = connections_.size();
    orders->obeyed = orders->given;
    gate_.obeyed_.notify_all();
    return !orders->stop;
  }

  void Carry() {
    std::vector<pollfd> watched = {{gate_.wake_, POLLIN, 0}, {listener_, POLLIN, 0}};
    const bool stalled = mode_ == Mode::kStall;
    for (const Connection& connection : connections_) {
      const auto& [up, down] = connection.ways;
      const auto client = static_cast<short>(up.FromEvents() | down.ToEvents());
      const auto server = static_cast<short>(up.ToEvents() | down.FromEvents());
      watched.push_back({stalled ? -1 : connection.client(), client, 0});
      watched.push_back({stalled ? -1 : connection.server(), server, 0});
    }
    ::poll(watched.data(), watched.size(), -1);
    if (watched[0].revents != 0) {
      uint64_t ignored = 0;
      [[maybe_unused]] const ssize_t size = ::read(gate_.wake_, &ignored, sizeof(ignored));
    }
    size_t at = 2;
    for (auto connection = connections_.begin(); connection != connections_.end(); at += 2) {
      const bool ready = watched[at].revents != 0 || watched[at + 1].revents != 0;
      connection = ready && !Move(*connection) ? Cut(connection) : std::next(connection);
    }
    if (watched[1].revents != 0) Accept();
  }

  void Accept() {
    const int client = ::accept4(listener_, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (client < 0) return;
    const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    // On the loopback a connection is made or refused at once.
    if (mode_ == Mode::kRefuse || ::connect(server, Generic(target_), sizeof(target_)) != 0) {
      Reset(client);
      ::close(server);
      return;
    }
    ::fcntl(server, F_SETFL, O_NONBLOCK);
    const int at_once = 1;
    ::setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    ::setsockopt(server, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof(at_once));
    Connection connection;
    connection.ways[0].from = connection.ways[1].to = client;
    connection.ways[0].to = connection.ways[1].from = server;
    connections_.push_back(std::move(connection));
  }

  /// False when the connection is over.
  bool Move(Connection& connection) {
    for (size_t direction = 0; direction < 2; ++direction) {
      Way& way = connection.ways[direction];
      if (way.held.empty() && !way.ended && !Fill(way)) return false;
      if (!way.held.empty() && !Drain(way, direction)) return false;
      if (way.ended && way.held.empty()) return false;
    }
    return true;
  }

  static bool Fill(Way& way) {
    way.held.resize(kChunkBytes);
    const ssize_t size = ::recv(way.from, way.held.data(), way.held.size(), 0);
    way.held.resize(size > 0 ? static_cast<size_t>(size) : 0);
    way.ended = size == 0;
    return size >= 0 || errno == EAGAIN || errno == EWOULDBLOCK;
  }

  bool Drain(Way& way, size_t direction) {
    std::string_view part = way.held;
    const std::optional<uint64_t> left = gate_.orders_.LockShared()->bytes_to_cut[direction];
    if (left) part = part.substr(0, *left);
    const ssize_t size = ::send(way.to, part.data(), part.size(), MSG_NOSIGNAL);
    if (size < 0) return errno == EAGAIN || errno == EWOULDBLOCK;
    way.held.erase(0, static_cast<size_t>(size));
    if (!left) return true;
    const auto orders = gate_.orders_.Lock();
    orders->bytes_to_cut[direction] = *left - static_cast<uint64_t>(size);
    if (orders->bytes_to_cut[direction] != 0) return true;
    orders->bytes_to_cut[direction].reset();
    ++orders->cuts;
    return false;
  }

  TcpGate& gate_;
  const int listener_;
  const sockaddr_in target_;
  Mode mode_ = Mode::kPass;
  Connections connections_;
};

Result<std::unique_ptr<TcpGate>> TcpGate::Open(const std::string& host, uint16_t port) {
  std::unique_ptr<TcpGate> gate(new TcpGate());
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  sockaddr_in address = AddressOf("127.0.0.1", 0);
  socklen_t size = sizeof(address);
  if (::bind(listener, Generic(address), size) != 0 || ::listen(listener, 256) != 0 ||
      ::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    const int number = errno;
    ::close(listener);
    return Unavailable(std::string("opening a gate: ") + std::strerror(number));
  }
  gate->port_ = ntohs(address.sin_port);
  gate->wake_ = ::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  gate->thread_ = std::thread([&gate = *gate, listener, target = AddressOf(host, port)] {
    Loop(gate, listener, target).Run();
  });
  return gate;
}

TcpGate::~TcpGate() {
  if (!thread_.joinable()) return;
  Order([](Orders& orders) { orders.stop = true; });
  thread_.join();
  ::close(wake_);
}

template <typename Change>
void TcpGate::Order(Change&& change) {
  auto orders = orders_.Lock();
  change(*orders);
  const uint64_t mine = ++orders->given;
  Wake();
  obeyed_.wait(orders.lock(), [&] { return orders->obeyed >= mine; });
}

void TcpGate::Wake() const {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t size = ::write(wake_, &one, sizeof(one));
}

void TcpGate::SetMode(Mode mode) {
  Order([mode](Orders& orders) { orders.mode = mode; });
}

void TcpGate::CutAll() {
  Order([](Orders& orders) { orders.cut_all = true; });
}

void TcpGate::CutAfter(Direction direction, uint64_t bytes) {
  Order([&](Orders& orders) { orders.bytes_to_cut[static_cast<size_t>(direction)] = bytes; });
}

size_t TcpGate::connections() const { return orders_.LockShared()->connections; }
uint64_t TcpGate::cuts() const { return orders_.LockShared()->cuts; }

}  // namespace vecgate::conformance
