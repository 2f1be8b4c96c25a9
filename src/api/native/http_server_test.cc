#include "api/native/http_server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "api/native/test_client.h"

namespace vecgate {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServer::Options options = {}) {
    Router router;
    router.Add(
        {.method = "GET", .pattern = "/echo/{what}", .handler = [](const HttpRequest& request) {
           HttpResponse out;
           out.content_type = "text/plain";
           out.body = request.parameters.at("what");
           const auto found = request.query.find("q");
           if (found != request.query.end()) out.body += "|" + found->second;
           return out;
         }});
    router.Add({.method = "POST",
                .pattern = "/size",
                .handler =
                    [](const HttpRequest& request) {
                      HttpResponse out;
                      out.body = std::to_string(request.body.size());
                      return out;
                    },
                .max_body_bytes = 200'000});
    router.Add({.method = "GET", .pattern = "/block", .handler = [this](const HttpRequest&) {
                  ++blocked_;
                  release_.get_future().wait();
                  HttpResponse out;
                  out.body = "done";
                  return out;
                }});
    router.Add(
        {.method = "GET", .pattern = "/throw", .handler = [](const HttpRequest&) -> HttpResponse {
           throw std::runtime_error("a library threw");
         }});
    options.port = 0;
    options.on_exchange = [this](const HttpExchange& exchange) {
      const std::lock_guard lock(mutex_);
      exchanges_.push_back(exchange);
    };
    server_ = HttpServer::Start(options, std::move(router)).value();
  }
  uint16_t port() { return server_->port(); }

  std::atomic<int> blocked_{0};
  std::promise<void> release_;
  std::mutex mutex_;
  std::vector<HttpExchange> exchanges_;
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, PathsAndQueriesAreDecoded) {
  Start();
  EXPECT_EQ(Send(port(), "GET", "/echo/a%20b%2Fc?q=x+y%26").body, "a b/c|x y&");
  EXPECT_EQ(Send(port(), "GET", "/echo/a%zz").status, 400);
  EXPECT_EQ(Send(port(), "GET", "/echo/a%00").status, 400);
  EXPECT_EQ(Send(port(), "GET", "/echo/").status, 404);
  const TestAnswer wrong = Send(port(), "DELETE", "/echo/a");
  EXPECT_EQ(wrong.status, 405);
  EXPECT_THAT(wrong.head, HasSubstr("Allow: GET"));
}

TEST_F(HttpServerTest, HeadHasNoBody) {
  Start();
  const TestAnswer head = Send(port(), "HEAD", "/echo/abc");
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body, "");
  EXPECT_THAT(head.head, HasSubstr("Content-Length: 3"));
}

TEST_F(HttpServerTest, BodiesMayBeChunkedAndAreBounded) {
  Start();
  const std::string head = "POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  EXPECT_EQ(SendRaw(port(),
                    head + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n3\r\nabc\r\n0\r\n\r\n")
                .body,
            "8");
  EXPECT_EQ(
      SendRaw(port(), head + "Content-Length: 150000\r\n\r\n" + std::string(150'000, 'x')).body,
      "150000");
  EXPECT_EQ(SendRaw(port(), head + "Content-Length: 99999999999\r\n\r\n").status, 413);
  std::string endless = head + "Transfer-Encoding: chunked\r\n\r\n";
  for (int i = 0; i < 10; ++i) endless += "8000\r\n" + std::string(0x8000, 'x') + "\r\n";
  EXPECT_EQ(SendRaw(port(), endless).status, 413);
}

TEST_F(HttpServerTest, TheServerHoldsABoundedAmountOfBodies) {
  Start({.max_buffered_bytes = 1000});
  const std::string head = "POST /size HTTP/1.1\r\nHost: x\r\nConnection: close\r\n";
  const TestAnswer full =
      SendRaw(port(), head + "Content-Length: 5000\r\n\r\n" + std::string(5000, 'x'));
  EXPECT_EQ(full.status, 503);
  EXPECT_THAT(full.head, HasSubstr("Retry-After"));
  EXPECT_EQ(SendRaw(port(), head + "Content-Length: 900\r\n\r\n" + std::string(900, 'x')).body,
            "900");
}

TEST_F(HttpServerTest, ConnectionsAreKeptAndRequestsMayBePipelined) {
  Start();
  const std::string one = "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\n";
  const std::string last = "GET /echo/2 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
  const TestAnswer both = SendRaw(port(), one + last);
  EXPECT_THAT(both.body, HasSubstr("HTTP/1.1 200 OK"));
  EXPECT_THAT(both.body, ::testing::EndsWith("2"));
}

TEST_F(HttpServerTest, WhatIsNotHttpIsRefused) {
  Start({.max_header_bytes = 4096});
  EXPECT_EQ(SendRaw(port(), "nonsense\r\n\r\n").status, 400);
  EXPECT_EQ(
      SendRaw(port(), "GET /echo/1 HTTP/1.1\r\nX: " + std::string(8000, 'x') + "\r\n\r\n").status,
      431);
  EXPECT_EQ(Send(port(), "GET", "/echo/ok").status, 200);
}

TEST_F(HttpServerTest, ASlowHeaderIsCutOff) {
  Start({.header_timeout = std::chrono::milliseconds(100)});
  EXPECT_EQ(SendRaw(port(), "GET /echo/1 HT").status, 0) << "closed without an answer";
}

TEST_F(HttpServerTest, ExceptionsBecome500) {
  Start();
  const TestAnswer answer = Send(port(), "GET", "/throw");
  EXPECT_EQ(answer.status, 500);
  EXPECT_EQ(answer.Json()["error"]["code"], "INTERNAL");
}

TEST_F(HttpServerTest, TooManyRequestsAre503) {
  Start({.max_requests = 1});
  auto first = std::async(std::launch::async, [&] { return Send(port(), "GET", "/block"); });
  while (blocked_ == 0) std::this_thread::yield();
  EXPECT_EQ(Send(port(), "GET", "/echo/1").status, 503);
  release_.set_value();
  EXPECT_EQ(first.get().body, "done");
}

TEST_F(HttpServerTest, TooManyConnectionsAreClosed) {
  Start({.max_connections = 1});
  const int held = ConnectTo(port());
  ASSERT_TRUE(SendAll(held, "GET /echo/1 HTTP/1.1\r\nHost: x\r\n\r\n"));
  char buffer[1024];
  ASSERT_GT(recv(held, buffer, sizeof(buffer), 0), 0);
  EXPECT_EQ(Send(port(), "GET", "/echo/2").status, 0);
  close(held);
}

TEST_F(HttpServerTest, DrainFinishesWhatRuns) {
  Start();
  const int idle = ConnectTo(port());  // Must not hold up the drain.
  auto running = std::async(std::launch::async, [&] { return Send(port(), "GET", "/block"); });
  while (blocked_ == 0) std::this_thread::yield();
  auto drained =
      std::async(std::launch::async, [&] { return server_->Drain(std::chrono::seconds(20)); });
  // New connections are refused once draining has begun.
  while (Send(port(), "GET", "/echo/1").status != 0) std::this_thread::yield();
  release_.set_value();
  EXPECT_EQ(running.get().body, "done");
  EXPECT_TRUE(drained.get());
  close(idle);
}

TEST_F(HttpServerTest, ExchangesAreReported) {
  Start();
  Send(port(), "GET", "/echo/1");
  Send(port(), "GET", "/nothing");
  server_->Drain(std::chrono::seconds(5));
  ASSERT_EQ(exchanges_.size(), 2U);
  EXPECT_EQ(exchanges_[0].route, "/echo/{what}");
  EXPECT_EQ(exchanges_[0].status, 200);
  EXPECT_EQ(exchanges_[1].route, "");
  EXPECT_EQ(exchanges_[1].status, 404);
}

TEST_F(HttpServerTest, ATakenAddressIsAnError) {
  Start();
  EXPECT_EQ(HttpServer::Start({.port = port()}, {}).error().code, Code::kUnavailable);
  EXPECT_EQ(HttpServer::Start({.address = "nowhere"}, {}).error().code, Code::kInvalidArgument);
}

}  // namespace
}  // namespace vecgate
