// Structured logs: one JSON object a line on stderr, or plain text for a terminal.
//
//   Log(LogLevel::kInfo, "collection dropped", {{"collection", name}, {"request_id", id}});
//
// Values are escaped here, whatever they hold. Secrets are Secret<T> and have no way into a field.
// Thread safety: any thread. InitLogging once, before threads start; before it, text at info level.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

#include "base/result.h"

namespace vecgate {

enum class LogLevel { kDebug, kInfo, kWarning, kError };
enum class LogFormat { kText, kJson };

struct LogOptions {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
};

struct LogField {
  std::string_view key;
  std::string value;
};

void InitLogging(const LogOptions& options);
void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields = {});

/// "debug", "info", "warning", "error".
Result<LogLevel> LogLevelFromName(std::string_view name);
/// "text", "json".
Result<LogFormat> LogFormatFromName(std::string_view name);

}  // namespace vecgate
