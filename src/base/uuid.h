// Random identifiers: version 4 UUIDs (RFC 9562), and the check that a text is a UUID.
#pragma once

#include <string>
#include <string_view>

namespace vecgate {

/// A fresh "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" from the system's entropy.
std::string NewUuid();
/// True for 8-4-4-4-12 hexadecimal digits, of any version and either case.
bool IsUuid(std::string_view text);

}  // namespace vecgate
