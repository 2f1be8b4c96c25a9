#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "app/commands.h"
#include "app/json_reply.h"

namespace vecgate::app {
namespace {

using nlohmann::json;

Result<json> Post(const AskCommand& command, uint64_t max_quotes) {
  json request = {
      {"question", command.question}, {"top_k", command.top_k}, {"max_quotes", max_quotes}};
  if (!command.filter.empty()) request["filter"] = command.filter;
  VG_ASSIGN_OR_RETURN(const HttpReply reply,
                      HttpClient(command.server).PostJson("/v1/query", request.dump()));
  return ParseReply(reply, "/v1/query");
}

std::string Where(const json& item) {
  return fmt::format("{}, page {}, bytes {}–{}", item.value("document", ""), item.value("page", 0),
                     item.value("byte_begin", 0), item.value("byte_end", 0));
}

}  // namespace

int RunAsk(const AskCommand& command) {
  constexpr uint64_t kQuotes = 3;
  const Result<json> body = Post(command, kQuotes);
  if (!body.ok()) return Fail(body.error());
  if (command.json) {
    fmt::print("{}\n", body->dump(2));
    return 0;
  }
  const std::string answer = body->value("answer", "");
  fmt::print("{}\n", answer.empty() ? "No passage is near enough to answer." : answer);
  int number = 1;
  for (const json& citation : (*body)["citations"])
    fmt::print("  [{}] {}\n", number++, Where(citation));
  fmt::print("  ({}: {})\n", body->value("generator", ""), body->value("note", ""));
  return 0;
}

int RunSearch(const AskCommand& command) {
  const Result<json> body = Post(command, 0);
  if (!body.ok()) return Fail(body.error());
  if (command.json) {
    fmt::print("{}\n", (*body)["passages"].dump(2));
    return 0;
  }
  for (const json& passage : (*body)["passages"]) {
    fmt::print("{:.3f}  {}\n{}\n\n", passage.value("score", 0.0), Where(passage),
               passage.value("text", ""));
  }
  return 0;
}

}  // namespace vecgate::app
