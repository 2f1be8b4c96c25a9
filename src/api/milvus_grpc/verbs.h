// The verbs of MilvusService, grouped as clients use them. Each function adds its group to the
// table; each verb translates its message, calls one thing of the gateway, and translates back.
#pragma once

#include "api/milvus_grpc/rpc_table.h"
#include "gateway/gateway.h"

namespace vecgate::milvus_grpc {

void AddSystemVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddDatabaseVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddCollectionVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddPartitionVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddLoadVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddAliasVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddIndexVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddDataVerbs(RpcTable& table, gateway::Gateway& gateway);
void AddFlushVerbs(RpcTable& table, gateway::Gateway& gateway);

}  // namespace vecgate::milvus_grpc
