// SQLSTATEs (PostgreSQL, appendix A) as errors of ours: the one place that knows them.
#pragma once

#include <string>
#include <string_view>

#include "base/error.h"

namespace vecgate::postgres {

/// What the server, or libpq, said.
struct ServerMessage {
  std::string state;  ///< Five characters, or empty when libpq itself speaks.
  std::string primary;
  std::string detail;
  std::string hint;
};

/// The error for what the server said of an operation; its message keeps the server's words and its
/// SQLSTATE.
Error ErrorOf(const ServerMessage& message);

/// Whether the same may go well a moment later: connections that ended, a server that starts or
/// stops, too many clients, deadlocks, serialization failures, locks that were not free.
bool IsTransient(std::string_view state);

namespace state {
inline constexpr std::string_view kUniqueViolation = "23505";
inline constexpr std::string_view kDuplicateTable = "42P07";
inline constexpr std::string_view kUndefinedTable = "42P01";
inline constexpr std::string_view kUndefinedColumn = "42703";
inline constexpr std::string_view kNoRights = "42501";
/// libpq says only that the connection ended.
inline constexpr std::string_view kConnectionFailure = "08006";
}  // namespace state

}  // namespace vecgate::postgres
