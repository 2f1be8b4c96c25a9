// Search and query requests between Milvus' messages and the gateway's.
#pragma once

#include "base/result.h"
#include "gateway/gateway.h"
#include "milvus.pb.h"

namespace vecgate::milvus_grpc {

namespace pb = ::milvus::proto;

/// What a search's key-value parameters say beside the gateway's request.
struct SearchShape {
  gateway::GatewaySearch search;
  // Kept beside the request, which the gateway consumes.
  uint32_t top_k = 0;
  int round_decimal = -1;
};

/// Reads vectors from the placeholder group, limits and index parameters from search_params.
/// Unknown parameters are left alone, as Milvus does; values that do not parse are errors.
Result<SearchShape> ParseSearch(const pb::milvus::SearchRequest& request);
void WriteSearch(const gateway::GatewaySearchResult& result, const SearchShape& shape,
                 pb::milvus::SearchResults& out);

Result<gateway::GatewayQuery> ParseQuery(const pb::milvus::QueryRequest& request);
void WriteQuery(const gateway::GatewayQueryResult& result, pb::milvus::QueryResults& out);

}  // namespace vecgate::milvus_grpc
