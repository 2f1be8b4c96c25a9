// What each engine can do, as the page docs/engines/capabilities.md.
//
// Thread safety: a function that opens engines of its own.
#pragma once

#include <string>

#include "base/result.h"

namespace vecgate::app {

/// Written from what the engines themselves say (Capabilities). No server is asked.
Result<std::string> EngineReference();

}  // namespace vecgate::app
