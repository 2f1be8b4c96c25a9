#include "observe/log.h"

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <nlohmann/json.hpp>

namespace vecgate {
namespace {

LogFormat g_format = LogFormat::kText;  // Set once by InitLogging, before threads start.

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return spdlog::level::debug;
    case LogLevel::kInfo: return spdlog::level::info;
    case LogLevel::kWarning: return spdlog::level::warn;
    case LogLevel::kError: return spdlog::level::err;
  }
  return spdlog::level::info;
}

std::string_view NameOf(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug: return "debug";
    case LogLevel::kInfo: return "info";
    case LogLevel::kWarning: return "warning";
    case LogLevel::kError: return "error";
  }
  return "info";
}

spdlog::logger& Logger() {
  // spdlog's own pattern does not escape JSON, so it prints the finished line and nothing else.
  static const std::shared_ptr<spdlog::logger> logger = [] {
    auto made = std::make_shared<spdlog::logger>("vecgate",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->flush_on(spdlog::level::debug);
    return made;
  }();
  return *logger;
}

std::string UtcNow() {
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto millis =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char text[32];
  std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &utc);
  return fmt::format("{}.{:03}Z", text, millis);
}

std::string Quoted(const std::string& value) {
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace

void InitLogging(const LogOptions& options) {
  g_format = options.format;
  Logger().set_level(ToSpdlog(options.level));
}

void Log(LogLevel level, std::string_view message, std::initializer_list<LogField> fields) {
  if (!Logger().should_log(ToSpdlog(level))) return;
  if (g_format == LogFormat::kJson) {
    nlohmann::ordered_json line = {
        {"time", UtcNow()}, {"level", NameOf(level)}, {"message", message}};
    for (const LogField& field : fields) line[std::string(field.key)] = field.value;
    Logger().log(ToSpdlog(level),
                 line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
    return;
  }
  std::string line = fmt::format("{} {:<7} {}", UtcNow(), NameOf(level), message);
  for (const LogField& field : fields)
    line += fmt::format(" {}={}", field.key, Quoted(field.value));
  Logger().log(ToSpdlog(level), line);
}

Result<LogLevel> LogLevelFromName(std::string_view name) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (NameOf(level) == name) return level;
  }
  return InvalidArgument(
      fmt::format("{} is no log level: debug, info, warning and error are", name),
      Subject::kConfig);
}

Result<LogFormat> LogFormatFromName(std::string_view name) {
  if (name == "text") return LogFormat::kText;
  if (name == "json") return LogFormat::kJson;
  return InvalidArgument(fmt::format("{} is no log format: text and json are", name),
                         Subject::kConfig);
}

}  // namespace vecgate
