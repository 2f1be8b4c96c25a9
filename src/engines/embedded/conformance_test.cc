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
const bool kGraphRegistered = conformance::Register(
    {.name = "EmbeddedGraph", .open = [](const std::filesystem::path& directory) -> Opened {
       VG_ASSIGN_OR_RETURN(std::unique_ptr<EmbeddedEngine> engine,
                           EmbeddedEngine::Open({.directory = directory.string(),
                                                 .snapshot_after_rows = 50,
                                                 .compact_after_dead = 20,
                                                 .exact_below_rows = 0,
                                                 .scan_chunks_below_rows = 1}));
       return std::unique_ptr<Engine>(std::move(engine));
     }});
const bool kInMemoryRegistered = conformance::Register(
    {.name = "EmbeddedInMemory",
     .open = [](const std::filesystem::path&) -> Opened { return OpenIn(""); }});

}  // namespace
}  // namespace vecgate::embedded
