// Small files, whole: certificates, schemas.
//
// Thread safety: a pure function.
#pragma once

#include <string>

#include "base/result.h"

namespace vecgate {

/// The bytes of a file of up to 16 MiB. kNotFound when it cannot be read, kInvalidArgument when it
/// is larger; both with Subject::kConfig and the path.
Result<std::string> ReadSmallFile(const std::string& path);

}  // namespace vecgate
