#include "base/heap.h"

#include <malloc.h>

namespace vecgate {

void BoundFreeHeap() {
  // Once one of the two is set, neither follows what is lent any more.
  ::mallopt(M_TRIM_THRESHOLD, 4 << 20);
  ::mallopt(M_MMAP_THRESHOLD, 32 << 20);
}

}  // namespace vecgate
