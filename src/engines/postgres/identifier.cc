#include "engines/postgres/identifier.h"

#include <fmt/format.h>

#include <utility>
#include <vector>

#include "base/check.h"

namespace vecgate::postgres {
namespace {

Error NoTableName(std::string_view text) {
  return InvalidArgument(
      fmt::format("'{}' names no table: schema.table is wanted, each part as it stands in the "
                  "database or in double quotes, of up to {} bytes",
                  text, kMaxIdentifierBytes));
}

/// Takes a quoted part off the front of `rest`; nothing when its quotes do not match.
bool TakeQuoted(std::string_view& rest, std::string& part) {
  for (size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != '"') {
      part += rest[i];
    } else if (i + 1 < rest.size() && rest[i + 1] == '"') {
      part += rest[i++];
    } else {
      rest.remove_prefix(i + 1);
      return true;
    }
  }
  return false;
}

}  // namespace

std::string QuoteIdentifier(std::string_view name) {
  VG_CHECK(name.find('\0') == std::string_view::npos);
  std::string out = "\"";
  for (const char c : name) {
    if (c == '"') out += '"';
    out += c;
  }
  return out + '"';
}

Result<TableName> ParseTableName(std::string_view text) {
  std::vector<std::string> parts;
  std::string_view rest = text;
  for (;;) {
    std::string part;
    if (rest.starts_with('"')) {
      if (!TakeQuoted(rest, part)) return NoTableName(text);
    } else {
      part = rest.substr(0, rest.find_first_of(".\""));
      rest.remove_prefix(part.size());
    }
    const bool fits =
        !part.empty() && part.size() <= kMaxIdentifierBytes && part.find('\0') == std::string::npos;
    if (!fits) return NoTableName(text);
    parts.push_back(std::move(part));
    if (rest.empty()) break;
    if (!rest.starts_with('.')) return NoTableName(text);
    rest.remove_prefix(1);
  }
  if (parts.size() == 1) return TableName{"public", std::move(parts[0])};
  if (parts.size() != 2) return NoTableName(text);
  return TableName{std::move(parts[0]), std::move(parts[1])};
}

}  // namespace vecgate::postgres
