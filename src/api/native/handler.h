// HandlerOf: a function that gives a response or an Error, as a route's handler.
//
// Thread safety: as the function's.
#pragma once

#include <utility>

#include "api/native/router.h"

namespace vecgate {

/// `service` is borrowed and must outlive the server.
template <typename Service>
HttpHandler HandlerOf(Service& service,
                      Result<HttpResponse> (*call)(Service&, const HttpRequest&)) {
  return [&service, call](const HttpRequest& request) {
    Result<HttpResponse> response = call(service, request);
    if (response.ok()) return std::move(*response);
    return ErrorResponse(response.error(), request.context.request_id);
  };
}

}  // namespace vecgate
