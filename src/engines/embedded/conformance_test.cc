#include "engine/conformance/conformance.h"

#include "engines/embedded/embedded_engine.h"

namespace vecgate::embedded {
namespace {

using Opened = Result<std::unique_ptr<Engine>>;

Opened OpenIn(const std::string& directory) {
  VG_ASSIGN_OR_RETURN(std::unique_ptr<EmbeddedEngine> engine,
                      EmbeddedEngine::Open({.directory = directory}));
  return std::unique_ptr<Engine>(std::move(engine));
}

const bool kRegistered = conformance::Register(
    {.name = "Embedded", .open = [](const std::filesystem::path& directory) -> Opened {
       return OpenIn(directory.string());
     }});
const bool kInMemoryRegistered = conformance::Register(
    {.name = "EmbeddedInMemory", .open = [](const std::filesystem::path&) -> Opened {
       return OpenIn("");
     }});

}  // namespace
}  // namespace vecgate::embedded
