// Waits of a program that polls another one and has no other thread to be woken by.
//
// Thread safety: a pure wait.
#pragma once

#include <chrono>

namespace vecgate {

/// Returns after `duration`; the caller's own deadline bounds how often it is called.
void Pause(std::chrono::milliseconds duration);

}  // namespace vecgate
