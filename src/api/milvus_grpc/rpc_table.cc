#include "api/milvus_grpc/rpc_table.h"

namespace vecgate::milvus_grpc {

Status Verb::Run(const Call& call, const Message& request, Message& response) const {
  Status outcome = run(call, request, response);
  if (!outcome.ok()) {
    response.Clear();
    set_error(outcome.error(), response);
  }
  return outcome;
}

}  // namespace vecgate::milvus_grpc
