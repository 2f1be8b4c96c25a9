#include "engines/postgres/sql_state.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace vecgate::postgres {
namespace {

struct Mapping {
  std::string_view prefix;  ///< A whole SQLSTATE, or its class: the first two characters.
  Code code;
  Subject subject = Subject::kNone;
};

// The first that fits holds, so whole states stand before their class.
constexpr Mapping kMappings[] = {
    {"08", Code::kUnavailable},                             // connection exceptions
    {"0A", Code::kUnimplemented},                           // feature not supported
    {"21", Code::kInternal},                                // cardinality violation
    {"22P05", Code::kInvalidArgument},                      // character that text cannot hold
    {"22", Code::kInvalidArgument},                         // data exceptions
    {"23", Code::kInvalidArgument},                         // integrity constraints
    {"25006", Code::kFailedPrecondition},                   // read-only transaction: a standby
    {"25", Code::kInternal},                                // invalid transaction state
    {"28", Code::kUnauthenticated},                         // invalid authorization
    {"3D000", Code::kFailedPrecondition},                   // no such database
    {"3F000", Code::kFailedPrecondition},                   // no such schema
    {"40", Code::kAborted},                                 // transaction rolled back
    {"42501", Code::kPermissionDenied},                     // insufficient privilege
    {"42P01", Code::kNotFound, Subject::kCollection},       // no such table
    {"42703", Code::kFailedPrecondition},                   // no such column
    {"42883", Code::kFailedPrecondition},                   // no such function: pgvector is too old
    {"42704", Code::kFailedPrecondition},                   // no such object: pgvector is missing
    {"42P07", Code::kAlreadyExists, Subject::kCollection},  // table exists
    {"42", Code::kInternal},                                // our SQL is wrong
    {"53300", Code::kUnavailable},                          // no connection free for now
    {"53", Code::kResourceExhausted},                       // disk, memory
    {"54", Code::kInvalidArgument},                         // beyond a limit of the server
    {"55P03", Code::kAborted},                              // lock not available
    {"55", Code::kFailedPrecondition},                      // object not in the state needed
    {"57014", Code::kUnavailable},  // cancelled: statement_timeout, an admin
    {"57", Code::kUnavailable},     // operator intervention
    {"58", Code::kUnavailable},     // system error of the server
    {"XX001", Code::kDataLoss},     // data corrupted
    {"XX002", Code::kDataLoss},     // index corrupted
};

constexpr std::string_view kTransient[] = {
    "08000", "08001", "08003", "08004", "08006",  // The connection failed or was refused for now.
    "40001", "40P01",                             // Serialization failure, deadlock.
    "53300",                                      // Too many connections.
    "55006", "55P03",                             // Object in use, lock not available.
    "57P01", "57P02", "57P03", "57P05",           // Shutdown, crash, starting up, idle too long.
};

}  // namespace

Error ErrorOf(const ServerMessage& message) {
  std::string text = message.primary;
  if (!message.detail.empty()) text += " (" + message.detail + ")";
  if (!message.hint.empty()) text += "; " + message.hint;
  if (message.state.empty()) return Unavailable("PostgreSQL: " + text);
  text = fmt::format("PostgreSQL: {} [SQLSTATE {}]", text, message.state);
  const auto* found =
      std::find_if(std::begin(kMappings), std::end(kMappings), [&](const Mapping& mapping) {
        return std::string_view(message.state).starts_with(mapping.prefix);
      });
  if (found == std::end(kMappings)) return Internal(std::move(text));
  return Error{found->code, std::move(text), found->subject};
}

bool IsTransient(std::string_view state) {
  return std::find(std::begin(kTransient), std::end(kTransient), state) != std::end(kTransient);
}

}  // namespace vecgate::postgres
