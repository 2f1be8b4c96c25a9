// The native API of collections: which there are, on which engine, and making and dropping them.
//
// Thread safety: the handlers may run on any thread.
#pragma once

#include "api/native/router.h"
#include "gateway/gateway.h"

namespace vecgate {

/// Adds
///   GET    /v1/collections?database
///   POST   /v1/collections
///   GET    /v1/collections/{collection}?database
///   DELETE /v1/collections/{collection}?database
/// A collection is made of "fields" and "indexes", or of a "template"
/// (model/collection_templates.h). One that is made with indexes is loaded. If an index cannot be
/// made the collection is dropped again. `gateway` is borrowed and must outlive the server.
void AddCollectionRoutes(Router& router, gateway::Gateway& gateway);

/// The database that a request names, or the default one.
std::string DatabaseOf(const HttpRequest& request);
/// The collection of the request's path. kNotFound.
Result<gateway::CollectionPtr> CollectionOf(gateway::Gateway& gateway, const HttpRequest& request);

}  // namespace vecgate
