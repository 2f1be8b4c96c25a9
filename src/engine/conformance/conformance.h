// The conformance suite: one set of tests that every engine passes.
//
// An engine's own test program registers itself:
//
//   const bool kRegistered = conformance::Register({.name = "Embedded", .open = …});
//
// Each case then runs as the test `<name>Conformance.<case>`. What an engine lacks is data in its
// Capabilities, and the cases assert the error that the contract asks for; none is skipped.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "engine/engine.h"

namespace vecgate::conformance {

struct EngineUnderTest {
  std::string name;
  /// Opens an engine on a directory that exists, for the first time or again. The engine before it
  /// was destroyed.
  std::function<Result<std::unique_ptr<Engine>>(const std::filesystem::path&)> open;
};

/// Registers every case for this engine. Call before main, from a static initializer; returns true.
bool Register(const EngineUnderTest& engine);

}  // namespace vecgate::conformance
