#include "api/native/http_server.h"

#include <atomic>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <thread>
#include <unordered_set>

namespace vecgate {
namespace {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using Tcp = asio::ip::tcp;
using beast::error_code;

constexpr size_t kReadPieceBytes = 64 << 10;

auto Into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

}  // namespace

struct HttpServer::State : std::enable_shared_from_this<HttpServer::State> {
  struct Connection;

  State(Options options_in, Router router_in)
      : options(std::move(options_in)),
        router(std::move(router_in)),
        handlers(static_cast<size_t>(options.handler_threads)),
        acceptor(asio::make_strand(io)) {}

  asio::awaitable<void> Accept(std::shared_ptr<State> self);
  void Forget(Connection* connection);

  Options options;
  Router router;
  asio::io_context io;
  asio::thread_pool handlers;
  Tcp::acceptor acceptor;
  std::vector<std::thread> threads;
  std::atomic<bool> draining{false};
  std::atomic<size_t> requests{0};
  std::atomic<size_t> buffered_bytes{0};
  std::mutex mutex;
  std::condition_variable gone;
  std::unordered_set<Connection*> connections;  // Guarded by mutex.
  bool accepting = true;                        // Guarded by mutex.
  bool stopped = false;                         // Guarded by mutex.

  // With mutex held: no coroutine is left. Each holds this state, so the loop must not stop
  // earlier.
  [[nodiscard]] bool IsQuiet() const { return connections.empty() && !accepting; }
};

// One client. Lives as long as its coroutine.
struct HttpServer::State::Connection {
  Connection(std::shared_ptr<State> server_in, Tcp::socket socket)
      : server(std::move(server_in)), stream(std::move(socket)) {}
  ~Connection() { server->buffered_bytes -= held_bytes; }

  asio::awaitable<void> Serve();
  asio::awaitable<bool> ServeOne();
  asio::awaitable<std::optional<HttpResponse>> ReadBody(const Route& route, HttpRequest& request);
  asio::awaitable<HttpResponse> Answer(HttpRequest& request, std::string& route_pattern,
                                       bool& body_was_read);
  asio::awaitable<HttpResponse> RunHandler(const Route& route, const HttpRequest& request);
  asio::awaitable<bool> Write(const HttpResponse& response, const std::string& request_id,
                              bool keep_alive, bool head);
  bool Hold(size_t bytes);
  void ReleaseAll() { server->buffered_bytes -= std::exchange(held_bytes, 0); }

  std::shared_ptr<State> server;
  beast::tcp_stream stream;
  beast::flat_buffer buffer;
  std::optional<http::request_parser<http::buffer_body>> parser;
  std::atomic<bool> busy{false};
  size_t held_bytes = 0;
  size_t request_bytes = 0;
};

bool HttpServer::State::Connection::Hold(size_t bytes) {
  held_bytes += bytes;
  return (server->buffered_bytes += bytes) <= server->options.max_buffered_bytes;
}

asio::awaitable<void> HttpServer::State::Connection::Serve() {
  while (co_await ServeOne()) {
  }
  error_code ignored;
  stream.socket().shutdown(Tcp::socket::shutdown_both, ignored);
}

// Reads one request and answers it; false when the connection is to be closed.
asio::awaitable<bool> HttpServer::State::Connection::ServeOne() {
  error_code error;
  parser.emplace();
  parser->header_limit(static_cast<std::uint32_t>(server->options.max_header_bytes));
  // Ours is the limit on bodies: it depends on the route.
  parser->body_limit(boost::none);
  if (buffer.size() == 0) {  // Idle until the first byte; from then on the header must come soon.
    stream.expires_after(server->options.idle_timeout);
    const size_t got =
        co_await stream.async_read_some(buffer.prepare(kReadPieceBytes), Into(error));
    if (error) co_return false;
    buffer.commit(got);
  }
  busy = true;
  stream.expires_after(server->options.header_timeout);
  co_await http::async_read_header(stream, buffer, *parser, Into(error));
  if (error) {
    const bool too_large = error == http::error::header_limit;
    if (error.category() == http::make_error_code(http::error::bad_method).category() &&
        error != http::error::end_of_stream && error != http::error::partial_message) {
      co_await Write(ErrorResponse(too_large ? 431 : 400, "INVALID_ARGUMENT",
                                   "the request is not HTTP/1.1: " + error.message(), ""),
                     "", false, false);
    }
    co_return false;
  }
  const auto started = std::chrono::steady_clock::now();
  const auto& message = parser->get();
  HttpRequest request;
  const bool head = message.method() == http::verb::head;
  request.method = head ? "GET" : std::string(message.method_string());
  for (const auto& field : message) {
    std::string name(field.name_string());
    for (char& c : name) {
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    request.headers[name] = std::string(field.value());
  }
  request.context.request_id = RequestIdFor(request.Header("x-request-id"));
  const bool client_keeps_alive = message.keep_alive();

  std::string route_pattern;
  bool body_was_read = false;
  request_bytes = 0;
  const HttpResponse response = co_await Answer(request, route_pattern, body_was_read);
  ReleaseAll();
  // An unread body would be taken for the next request, so the connection ends with the answer.
  const bool keep_alive = client_keeps_alive && body_was_read && !server->draining;
  const bool written = co_await Write(response, request.context.request_id, keep_alive, head);
  if (server->options.on_exchange) {
    server->options.on_exchange({request.method, route_pattern, request.path,
                                 request.context.request_id, response.status, request_bytes,
                                 response.body.size(),
                                 std::chrono::duration_cast<std::chrono::microseconds>(
                                     std::chrono::steady_clock::now() - started)});
  }
  busy = false;
  co_return written&& keep_alive && !server->draining;
}

asio::awaitable<HttpResponse> HttpServer::State::Connection::Answer(HttpRequest& request,
                                                                    std::string& route_pattern,
                                                                    bool& body_was_read) {
  const std::string& id = request.context.request_id;
  const std::string target(parser->get().target());
  const size_t question = target.find('?');
  Result<std::string> path =
      PercentDecode(std::string_view(target).substr(0, question), Plus::kLiteral);
  if (!path.ok()) co_return ErrorResponse(path.error(), id);
  request.path = *path;
  if (question != std::string::npos) {
    auto query = ParseQuery(std::string_view(target).substr(question + 1));
    if (!query.ok()) co_return ErrorResponse(query.error(), id);
    request.query = std::move(*query);
  }
  Router::Match match = server->router.Find(request.method, target.substr(0, question));
  if (match.route == nullptr && match.allow.empty()) {
    co_return ErrorResponse(404, "NOT_FOUND", "there is nothing at " + request.path, id);
  }
  if (match.route == nullptr) {
    HttpResponse refused = ErrorResponse(
        405, "UNIMPLEMENTED",
        request.path + " does not take " + request.method + "; allowed: " + match.allow, id);
    refused.headers["Allow"] = match.allow;
    co_return refused;
  }
  const Route& route = *match.route;
  route_pattern = route.pattern;
  request.parameters = std::move(match.parameters);

  // Taken before the body is read: a request that cannot be run need not be received.
  struct Slot {
    std::atomic<size_t>& count;
    ~Slot() { --count; }
  };
  const size_t running = ++server->requests;
  const Slot slot{server->requests};
  if (running > server->options.max_requests) {
    co_return ErrorResponse(
        Unavailable("the server is handling " + std::to_string(server->options.max_requests) +
                    " requests; try again soon"),
        id);
  }
  if (std::optional<HttpResponse> refused = co_await ReadBody(route, request)) co_return *refused;
  body_was_read = true;
  request.context.deadline = std::chrono::steady_clock::now() + route.timeout;
  co_return co_await asio::co_spawn(server->handlers, RunHandler(route, request),
                                    asio::use_awaitable);
}

asio::awaitable<std::optional<HttpResponse>> HttpServer::State::Connection::ReadBody(
    const Route& route, HttpRequest& request) {
  const std::string& id = request.context.request_id;
  const auto too_large = [&] {
    return ErrorResponse(413, "RESOURCE_EXHAUSTED",
                         "the request body exceeds " + std::to_string(route.max_body_bytes) +
                             " bytes, the limit of " + route.pattern,
                         id);
  };
  const auto length = parser->content_length();
  if (length && *length > route.max_body_bytes) co_return too_large();
  const bool has_body = parser->chunked() || (length && *length > 0);
  const std::string type = request.ContentType();
  if (has_body && !route.content_types.empty() && !route.content_types.contains(type)) {
    std::string allowed;
    for (const std::string& one : route.content_types)
      allowed += (allowed.empty() ? "" : ", ") + one;
    co_return ErrorResponse(
        415, "INVALID_ARGUMENT",
        "Content-Type '" + type + "' is not supported here; allowed: " + allowed, id);
  }
  std::optional<MultipartParser> multipart;
  if (has_body && type == "multipart/form-data") {
    auto made = MultipartParser::ForContentType(request.Header("content-type"));
    if (!made.ok()) co_return ErrorResponse(made.error(), id);
    multipart = std::move(*made);
  }
  error_code error;
  if (has_body && beast::iequals(request.Header("expect"), "100-continue")) {
    http::response<http::empty_body> go_on{http::status::continue_, 11};
    stream.expires_after(server->options.io_timeout);
    co_await http::async_write(stream, go_on, Into(error));
  }
  std::string piece(kReadPieceBytes, '\0');
  while (!error && !parser->is_done()) {
    parser->get().body().data = piece.data();
    parser->get().body().size = piece.size();
    stream.expires_after(server->options.io_timeout);
    co_await http::async_read(stream, buffer, *parser, Into(error));
    if (error == http::error::need_buffer) error = {};
    const std::string_view got(piece.data(), piece.size() - parser->get().body().size);
    request_bytes += got.size();
    if (request_bytes > route.max_body_bytes) co_return too_large();
    if (!Hold(got.size())) {
      co_return ErrorResponse(
          Unavailable("the server holds as many request bodies as it may; try again soon"), id);
    }
    if (multipart) {
      const Status fed = multipart->Feed(got);
      if (!fed.ok()) co_return ErrorResponse(fed.error(), id);
    } else {
      request.body.append(got);
    }
  }
  if (error) {
    co_return ErrorResponse(400, "INVALID_ARGUMENT",
                            "the request body could not be read: " + error.message(), id);
  }
  if (multipart) {
    auto parts = multipart->Finish();
    if (!parts.ok()) co_return ErrorResponse(parts.error(), id);
    request.parts = std::move(*parts);
  }
  co_return std::nullopt;
}

asio::awaitable<HttpResponse> HttpServer::State::Connection::RunHandler(
    const Route& route, const HttpRequest& request) {
  try {
    co_return route.handler(request);
  } catch (const std::exception& exception) {
    // Handlers report by value; an exception of a library must not end the server.
    co_return ErrorResponse(Internal(std::string("the request failed: ") + exception.what()),
                            request.context.request_id);
  }
}

asio::awaitable<bool> HttpServer::State::Connection::Write(const HttpResponse& response,
                                                           const std::string& request_id,
                                                           bool keep_alive, bool head) {
  http::response<http::string_body> message{static_cast<http::status>(response.status), 11};
  message.set(http::field::content_type, response.content_type);
  message.set(http::field::server, "vecgate");
  message.set("X-Content-Type-Options", "nosniff");
  if (!request_id.empty()) message.set("x-request-id", request_id);
  for (const auto& [name, value] : response.headers) message.set(name, value);
  message.keep_alive(keep_alive);
  const bool no_body = response.status == 204 || response.status == 304;
  if (no_body) {
    message.erase(http::field::content_type);
  } else {
    message.body() = head ? "" : response.body;
    message.content_length(response.body.size());
  }
  error_code error;
  stream.expires_after(server->options.io_timeout);
  if (head) {
    http::response_serializer<http::string_body> serializer(message);
    co_await http::async_write_header(stream, serializer, Into(error));
  } else {
    co_await http::async_write(stream, message, Into(error));
  }
  co_return !error;
}

asio::awaitable<void> HttpServer::State::Accept(std::shared_ptr<State> self) {
  while (!draining) {
    error_code error;
    Tcp::socket socket = co_await acceptor.async_accept(asio::make_strand(io), Into(error));
    if (error == asio::error::operation_aborted || error == asio::error::bad_descriptor) break;
    if (error) continue;  // Out of descriptors or a client that left: the next may do.
    socket.set_option(Tcp::no_delay(true), error);
    auto connection = std::make_shared<Connection>(self, std::move(socket));
    {
      const std::lock_guard lock(mutex);
      if (draining || connections.size() >= options.max_connections) continue;  // Closes it.
      connections.insert(connection.get());
    }
    Connection* raw = connection.get();
    asio::co_spawn(raw->stream.get_executor(), raw->Serve(),
                   [connection = std::move(connection)](const std::exception_ptr&) {
                     connection->server->Forget(connection.get());
                   });
  }
  const std::lock_guard lock(mutex);
  accepting = false;
  gone.notify_all();
}

void HttpServer::State::Forget(Connection* connection) {
  const std::lock_guard lock(mutex);
  connections.erase(connection);
  gone.notify_all();
}

HttpServer::HttpServer(std::shared_ptr<State> state) : state_(std::move(state)) {}
HttpServer::~HttpServer() { Drain(std::chrono::milliseconds(0)); }

uint16_t HttpServer::port() const { return state_->options.port; }

Result<std::unique_ptr<HttpServer>> HttpServer::Start(Options options, Router router) {
  auto state = std::make_shared<State>(std::move(options), std::move(router));
  const std::string where = state->options.address + ":" + std::to_string(state->options.port);
  error_code error;
  const auto address = asio::ip::make_address(state->options.address, error);
  if (error) {
    return InvalidArgument("HTTP address '" + state->options.address + "' is not an IP address",
                           Subject::kConfig);
  }
  const Tcp::endpoint endpoint(address, state->options.port);
  state->acceptor.open(endpoint.protocol(), error);
  if (!error) state->acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
  if (!error) state->acceptor.bind(endpoint, error);
  if (!error) state->acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return Unavailable("cannot listen for HTTP on " + where + ": " + error.message());
  state->options.port = state->acceptor.local_endpoint().port();
  asio::co_spawn(state->acceptor.get_executor(), state->Accept(state), asio::detached);
  for (int i = 0; i < state->options.io_threads; ++i) {
    state->threads.emplace_back([state] { state->io.run(); });
  }
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(state)));
}

bool HttpServer::Drain(std::chrono::milliseconds bound) {
  State& state = *state_;
  bool finished = false;
  {
    std::unique_lock lock(state.mutex);
    if (state.stopped) return true;
    state.stopped = true;
    state.draining = true;
    asio::post(state.acceptor.get_executor(), [self = state_] {
      error_code ignored;
      self->acceptor.close(ignored);
    });
    const auto close = [&](bool idle_only) {
      for (State::Connection* connection : state.connections) {
        asio::post(connection->stream.get_executor(), [self = state_, connection, idle_only] {
          {
            const std::lock_guard guard(self->mutex);
            if (!self->connections.contains(connection)) return;
          }
          // On the connection's own strand, so it cannot end between the check and the close.
          if (!idle_only || !connection->busy) connection->stream.close();
        });
      }
    };
    close(/*idle_only=*/true);
    finished = state.gone.wait_for(lock, bound, [&] { return state.IsQuiet(); });
    if (!finished) close(/*idle_only=*/false);
  }
  // A handler cannot be interrupted; its deadline bounds it.
  state.handlers.join();
  {
    std::unique_lock lock(state.mutex);
    state.gone.wait_for(lock, std::chrono::seconds(5), [&] { return state.IsQuiet(); });
  }
  state.io.stop();
  for (std::thread& thread : state.threads) thread.join();
  // What was posted and has not run yet holds the state, and the state holds it.
  state.io.restart();
  state.io.poll();
  return finished;
}

}  // namespace vecgate
