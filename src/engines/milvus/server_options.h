// What is wanted of the options, and the token that they make.
//
// Thread safety: pure functions.
#pragma once

#include <string>

#include "base/result.h"
#include "base/secret.h"
#include "engines/milvus/milvus_options.h"

namespace vecgate::milvus_engine {

/// kInvalidArgument (Subject::kConfig) names the option, what was found and what is allowed; never
/// a secret.
Status CheckOptions(const MilvusOptions& options);

/// As the channel takes it: the token, or "user:password".
Secret<std::string> TokenOf(const MilvusOptions& options);

}  // namespace vecgate::milvus_engine
