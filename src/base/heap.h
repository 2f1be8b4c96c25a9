// The heap of this process.
#pragma once

namespace vecgate {

/// Has every thread's part of the heap give back what is free at its end beyond 4 MB. Left to
/// itself, glibc keeps there twice the largest piece that it ever lent, up to 64 MB a thread, and
/// malloc_trim does not reach it. To be called before threads start.
void BoundFreeHeap();

}  // namespace vecgate
