// The native API of indexes: how one is made up and what its searches find, and building it anew.
//
// Thread safety: the handlers may run on any thread.
#pragma once

#include "api/native/router.h"
#include "gateway/gateway.h"

namespace vecgate {

/// Adds
///   GET  /v1/collections/{collection}/index?database&field&k&sample&efforts=16,64
///   POST /v1/collections/{collection}/index/rebuild?database
/// `gateway` is borrowed and must outlive the server.
void AddIndexRoutes(Router& router, gateway::Gateway& gateway);

}  // namespace vecgate
