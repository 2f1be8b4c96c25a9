// Patience: doing again what failed for a passing reason.
//
// Thread safety: waits in the calling thread.
#pragma once

#include "base/function_ref.h"
#include "base/op_context.h"
#include "base/result.h"

namespace vecgate::milvus_client {

/// Runs `attempt` until it succeeds, fails for another reason than kUnavailable, or `bounded` ends.
/// Pauses between attempts grow from 20 ms to 1 s and are spread by chance, so that callers who
/// failed together do not come back together. At the end the last failure is returned, unless the
/// caller's own context has ended: then kDeadlineExceeded or kCancelled, with the last failure in
/// its words.
Status PersistUntil(const OpContext& bounded, const OpContext& caller,
                    FunctionRef<Status(const OpContext&)> attempt);

}  // namespace vecgate::milvus_client
