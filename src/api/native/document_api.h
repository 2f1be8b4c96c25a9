// The native API of documents: /v1/ingest, /v1/status, /v1/documents. Translates JSON and forms to
// IngestService and back; decides nothing.
//
// Thread safety: the handlers may run on any thread.
#pragma once

#include "api/native/router.h"
#include "ingest/ingest_service.h"

namespace vecgate {

struct DocumentApiOptions {
  size_t max_upload_bytes = 128 << 20;
};

/// Adds the routes. `service` is borrowed and must outlive the server.
void AddDocumentRoutes(Router& router, IngestService& service, const DocumentApiOptions& options);

}  // namespace vecgate
