// RpcTable: the verbs of MilvusService as a table of handlers, by method name.
//
// The generated service of the Milvus API has 144 methods and takes a minute to compile; the table
// holds the verbs that are really served and knows nothing of gRPC: a verb takes bytes and gives
// bytes, so tests and fuzzers call it without a network. rpc_service.h puts the table on the wire.
//
// Thread safety: Add before serving; Dispatch from any thread.
#pragma once

#include <google/protobuf/message_lite.h>

#include <functional>
#include <map>
#include <memory>
#include <string>

#include "base/op_context.h"
#include "base/result.h"
#include "milvus_wire/status.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;

/// What every handler gets beside its request.
struct Call {
  OpContext context;
  /// The database of the call's metadata; "" when it names none.
  std::string metadata_database;

  /// The request's own database, else the metadata's, else "default".
  [[nodiscard]] std::string Database(const std::string& in_request) const {
    if (!in_request.empty()) return in_request;
    return metadata_database.empty() ? "default" : metadata_database;
  }
};

/// One served method, with its message types erased.
struct Verb {
  using Message = google::protobuf::MessageLite;
  std::function<std::unique_ptr<Message>()> new_request;
  std::function<std::unique_ptr<Message>()> new_response;
  std::function<Status(const Call&, const Message&, Message&)> run;
  std::function<void(const Error&, Message&)> set_error;

  /// Runs the handler. An error replaces the whole answer and is written into its Status message,
  /// as Milvus does; it is returned too, for counting and logging.
  Status Run(const Call& call, const Message& request, Message& response) const;
};

class RpcTable {
 public:
  /// Serves `method` by `handler`: Status(const Call&, const Request&, Response&).
  template <typename Request, typename Response, typename Handler>
  void Add(const std::string& method, Handler handler) {
    using Message = Verb::Message;
    Verb& verb = verbs_[method];
    verb.new_request = [] { return std::make_unique<Request>(); };
    verb.new_response = [] { return std::make_unique<Response>(); };
    verb.run = [handler](const Call& call, const Message& request, Message& response) -> Status {
      return handler(call, static_cast<const Request&>(request), static_cast<Response&>(response));
    };
    verb.set_error = [](const Error& error, Message& response) {
      if constexpr (std::is_same_v<Response, pb::common::Status>) {
        milvus_wire::SetStatus(error, static_cast<Response&>(response));
      } else {
        milvus_wire::SetStatus(error, *static_cast<Response&>(response).mutable_status());
      }
    };
  }

  [[nodiscard]] const std::map<std::string, Verb>& verbs() const { return verbs_; }

 private:
  std::map<std::string, Verb> verbs_;
};

}  // namespace vecgate::milvus_grpc
