#include "engines/postgres/postgres_engine.h"

#include "engine/conformance/conformance.h"
#include "engines/postgres/server_fixture.h"

namespace vecgate::postgres {
namespace {

// A directory is a case's own, so its name makes a schema that is the case's own.
const bool kRegistered = conformance::Register(
    {.name = "Postgres",
     .open = [](const std::filesystem::path& directory) -> Result<std::unique_ptr<Engine>> {
       VG_ASSIGN_OR_RETURN(auto engine,
                           PostgresEngine::Open(TestOptions(directory.filename().string())));
       return engine;
     }});

}  // namespace
}  // namespace vecgate::postgres
